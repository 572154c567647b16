import { describe, expect, it } from '@jest/globals';
import { isAtLeast, versionIn } from './server-version.js';

describe('versionIn', () => {
  it.each([
    ['nats-server: v2.15.1', '2.15.1'],
    ['mariadbd  Ver 10.11.14-MariaDB-0+deb12u2 for debian-linux-gnu on x86_64 (Debian 12)', '10.11.14'],
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', '7.0.15'],
    ['no version', undefined],
  ])('reads %j', (text, version) => {
    expect(versionIn(text)).toBe(version);
  });
});

describe('isAtLeast', () => {
  it.each([
    ['2.11.0', '2.11.0', true],
    ['2.9.10', '2.11.0', false],
    ['10.11', '10.11.0', true],
    ['10.5.29', '10.11.0', false],
    ['11.0.1', '10.11.0', true],
  ])('%s against %s is %s', (version, minimum, enough) => {
    expect(isAtLeast(version, minimum)).toBe(enough);
  });
});
