import { describe, expect, it } from '@jest/globals';
import { type InstalledPackage, Manifest } from './installed.js';
import { licenceFaults } from './licences.js';

const packageOf = (manifest: unknown, production = true): InstalledPackage => ({
  path: 'node_modules/x',
  name: 'x',
  version: '1.0.0',
  production,
  manifest: Manifest.parse(manifest),
  hasGypFile: false,
});
const policy = { allowed: ['MIT', 'ISC', 'Apache-2.0'], exceptions: [] };
const exception = { package: 'x', licence: 'Python-2.0', reason: 'as permissive as the others' };

describe('licences', () => {
  it.each([
    [{ license: 'MIT' }],
    [{ license: '(GPL-3.0-only OR MIT)' }],
    [{ license: 'Apache-2.0 AND MIT' }],
    [{ license: { type: 'ISC' } }],
    [{ licenses: [{ type: 'GPL-2.0-only' }, { type: 'MIT' }] }],
  ])('lets %j be shipped', (manifest) => {
    expect(licenceFaults([packageOf(manifest)], policy)).toEqual([]);
  });

  it.each([
    [{ license: 'GPL-3.0-only' }, 'GPL-3.0-only'],
    [{ license: 'MIT AND GPL-3.0-only' }, 'MIT AND GPL-3.0-only'],
    [{ license: 'SEE LICENSE IN terms.txt' }, 'SEE LICENSE IN terms.txt'],
    [{ license: 'UNLICENSED' }, 'UNLICENSED'],
    [{ license: '' }, ''],
    [{}, 'not told'],
    [{ licenses: [] }, 'not told'],
  ])('names %j', (manifest, told) => {
    expect(licenceFaults([packageOf(manifest)], policy)).toEqual([`x@1.0.0 (node_modules/x): its licence is ${told}`]);
  });

  it('does not judge what is for development only', () => {
    expect(licenceFaults([packageOf({ license: 'GPL-3.0-only' }, false)], policy)).toEqual([]);
  });

  it('obeys an exception for the licence that it names, and for no other', () => {
    const exceptions = [exception];
    expect(licenceFaults([packageOf({ license: 'Python-2.0' })], { ...policy, exceptions })).toEqual([]);
    expect(licenceFaults([packageOf({ license: 'SSPL-1.0' })], { ...policy, exceptions })).toEqual([
      'x@1.0.0 (node_modules/x): its licence is SSPL-1.0',
      'the exception for x is not needed any more',
    ]);
  });

  it('names an exception that nothing needs', () => {
    expect(licenceFaults([packageOf({ license: 'MIT' })], { ...policy, exceptions: [exception] })).toEqual([
      'the exception for x is not needed any more',
    ]);
  });
});
