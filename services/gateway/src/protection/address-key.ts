import { isIPv6 } from 'node:net';

const v4InV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** What an address is counted as: itself, or for IPv6 its network of 64 bits, since each customer is given one at least and may use any address in it. */
export function addressKeyOf(address: string): string {
  const v4 = v4InV6.exec(address)?.[1];
  if (v4 !== undefined) return v4;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

/** An IPv4 address at the end stands for two groups; which ones does not matter, they are in the half that is cut off. */
const groupsOf = (text: string): string[] =>
  text === '' ? [] : text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : Number.parseInt(group, 16).toString(16)));
