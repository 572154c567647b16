import { describe, expect, it } from '@jest/globals';
import { addressKeyOf } from './address-key.js';

describe('addressKeyOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:1:2::7', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['what a proxy made up', 'what a proxy made up'],
  ])('counts %s as %s', (address, key) => {
    expect(addressKeyOf(address)).toBe(key);
  });
});
