import { statfs } from 'node:fs/promises';
import type { HostFacts } from '@klevr/contracts/agent';
import { readText } from './read-text.js';

const maxDisks = 32;
/** A network file system whose server is away answers never. */
const timeoutMs = 1_000;

/** File systems on block devices, and the root whatever it is on; each device once. */
export const findDisks = async (): Promise<HostFacts['disks']> => {
  const mounts = mountsFrom((await readText('/proc/self/mounts')) ?? '').slice(0, maxDisks);
  return (await Promise.all(mounts.map(sizeOf))).flat();
};

const sizeOf = async (mount: string): Promise<HostFacts['disks']> => {
  let limit: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => (limit = setTimeout(() => resolve(undefined), timeoutMs)));
  const found = await Promise.race([statfs(mount).catch(() => undefined), patience]);
  clearTimeout(limit);
  return found === undefined ? [] : [{ mount, totalBytes: found.bsize * found.blocks, freeBytes: found.bsize * found.bavail }];
};

export const mountsFrom = (text: string): string[] => {
  const devices = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [device = '', mount = ''] = line.split(' ');
    if ((mount === '/' || device.startsWith('/dev/')) && !devices.has(device)) devices.set(device, unescapeMount(mount));
  }
  const mounts = [...devices.values()];
  // Within a changed root (chroot) the table does not list the root itself.
  return mounts.includes('/') ? mounts : ['/', ...mounts];
};

/** The kernel writes blanks and the like in octal. */
const unescapeMount = (mount: string): string =>
  mount.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
