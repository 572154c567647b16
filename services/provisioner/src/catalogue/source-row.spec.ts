import { describe, expect, it } from '@jest/globals';
import { changedSource, refuseBuiltIn, sourceOf, type SourceRow } from './source-row.js';

const row: SourceRow = {
  ...{ id: 'src_1', name: 'own', url: 'https://git.example/a.git', ref: { branch: 'main' }, folder: '', syncEverySeconds: 900 },
  ...{ signedTagsOnly: false, trustedSigners: [], authBox: 'box', builtIn: false, status: 'synced', statusMessage: '', commit: null },
  ...{ refObject: 'secret-object', syncedAt: null, faults: [], revision: 3, createdBy: 'me', createdAt: new Date(0) },
};

describe('a source', () => {
  it('is told without what opens it', () => {
    const told = sourceOf(row);
    expect(told).toMatchObject({ hasAuth: true, syncedAt: null, createdAt: '1970-01-01T00:00:00.000Z' });
    expect(JSON.stringify(told)).not.toMatch(/box|secret-object/);
  });

  it('keeps what is not changed, and has another revision', () => {
    expect(changedSource(row, { folder: 'x', ref: undefined })).toEqual({ after: { ...row, folder: 'x', revision: 4 }, faults: [] });
    expect(changedSource(row, { authBox: null }).after.authBox).toBeNull();
  });

  it('takes signed tags only from a tag and from somebody, however it came to that', () => {
    const faultsOf = (...args: Parameters<typeof changedSource>): string[] => changedSource(...args).faults.map(({ path }) => path);
    expect(faultsOf(row, { signedTagsOnly: true })).toEqual(['ref', 'trustedSigners']);
    const signed: SourceRow = { ...row, ref: { tag: 'v1' }, signedTagsOnly: true, trustedSigners: ['me'] };
    expect(faultsOf(signed, { ref: { branch: 'main' } })).toEqual(['ref']);
    expect(faultsOf(signed, { trustedSigners: [] })).toEqual(['trustedSigners']);
    expect(faultsOf(signed, { ref: { tag: 'v2' } })).toEqual([]);
  });

  it.each([
    ['https://git.example/b.git', 0],
    ['https://git.example.org/a.git', 1],
    ['http://git.example/a.git', 1],
    ['https://git.example:444/a.git', 1],
    ['git@git.example:a.git', 1],
  ])('asks again for what opens it where the address becomes %s', (url, count) => {
    expect(changedSource(row, { url }).faults.length).toBe(count);
    expect(changedSource(row, { url, authBox: 'other' }).faults).toEqual([]);
    expect(changedSource({ ...row, authBox: null }, { url }).faults).toEqual([]);
  });

  it('that comes with Klevr is not changed', () => {
    expect(() => refuseBuiltIn({ ...row, builtIn: true }, 'deleted')).toThrow('comes with Klevr and cannot be deleted');
    expect(() => refuseBuiltIn(row, 'deleted')).not.toThrow();
  });
});
