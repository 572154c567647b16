import { describe, expect, it } from '@jest/globals';
import { AddressPolicy } from './address-policy.js';

const strict = new AddressPolicy(false);
const inside = [
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
];
const inside6 = ['::1', '::', 'fe80::1', 'fc00::1', 'ff02::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'];

describe('where callbacks may go', () => {
  it.each([...inside, ...inside6])('refuses %s', (address) => expect(strict.allows(address)).toBe(false));
  it.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'])('allows %s', (address) => expect(strict.allows(address)).toBe(true));
  it('allows private addresses where the installation does', () => expect(new AddressPolicy(true).allows('127.0.0.1')).toBe(true));

  it('finds an address in a URL, however it is written', () => {
    for (const host of ['127.0.0.1', '[::1]', '2130706433', '0x7f.1']) expect(strict.faultOfUrl(`http://${host}/x`)).toContain('private');
    expect(strict.faultOfUrl('https://example.test/x')).toBeUndefined();
  });
});
