import { describe, expect, it } from '@jest/globals';
import { LockFile, lockedPackages, lockFaults } from './lock-file.js';

const sound = { version: '1.0.0', integrity: 'sha512-AAAA' };
const lockOf = (packages: Record<string, unknown>): LockFile => LockFile.parse({ lockfileVersion: 3, packages });

describe('lock file', () => {
  it('finds nothing wrong with packages that are proven by their hash', () => {
    const lock = lockOf({
      '': { name: 'root', version: '1.0.0' },
      'libs/a': { name: '@own/a', version: '1.0.0' },
      'node_modules/@own/a': { resolved: 'libs/a', link: true },
      'node_modules/x': { ...sound, resolved: 'https://registry.example/x/-/x-1.0.0.tgz' },
      'node_modules/x/node_modules/@scope/y': sound,
    });
    expect(lockFaults(lock)).toEqual([]);
    expect(lockedPackages(lock).map(({ name }) => name)).toEqual(['x', '@scope/y']);
  });

  it.each([
    ['a repository', 'git+ssh://git@example.test/x.git#abc', 'git+ssh://…@example.test/x.git#abc'],
    ['a folder', 'file:../x', 'file:../x'],
    ['a connection that anybody can change', 'http://registry.example/x.tgz', 'http://registry.example/x.tgz'],
    ['a registry that it gives a password', 'https://me:secret@registry.example/x.tgz', 'https://…@registry.example/x.tgz'],
  ])('names a package that comes from %s', (_what, resolved, told) => {
    expect(lockFaults(lockOf({ 'node_modules/x': { ...sound, resolved } }))).toEqual([
      `node_modules/x: comes from ${told}, not from a registry over https`,
    ]);
  });

  it.each([
    ['without a hash', { version: '1.0.0' }],
    ['with a hash that is broken', { version: '1.0.0', integrity: 'sha1-AAAA' }],
    ['that is optional, and would be installed here', { version: '1.0.0', optional: true }],
  ])('names a package %s', (_what, entry) => {
    expect(lockFaults(lockOf({ 'node_modules/x': entry }))).toEqual(['node_modules/x: no sha512 of what has to be installed']);
  });

  it('lets a binary for another system stand without a hash', () => {
    expect(lockFaults(lockOf({ 'node_modules/x-win32-x64': { version: '1.0.0', optional: true, os: ['win32'], cpu: ['x64'] } }))).toEqual(
      [],
    );
  });
});
