import { describe, expect, it } from '@jest/globals';
import { faultsOfUses, largestValuesBytes, namedUse } from './credential-uses.js';

const sizes = new Map([
  ['TOKEN', 10],
  ['OTHER', 20],
  ['KLEVR_X', 1],
  ['BIG', largestValuesBytes],
]);

describe('the credentials of a task', () => {
  it('become variables of their own names unless another is given', () => {
    expect(namedUse('TOKEN')).toEqual({ name: 'TOKEN', as: 'environment', variable: 'TOKEN' });
    expect(namedUse({ name: 'TOKEN', as: 'file' })).toEqual({ name: 'TOKEN', as: 'file', variable: 'TOKEN' });
    expect(namedUse({ name: 'TOKEN', as: 'file', variable: 'AT' })).toEqual({ name: 'TOKEN', as: 'file', variable: 'AT' });
  });

  it('are named one by one where the zone does not have them', () => {
    expect(faultsOfUses(['TOKEN', 'missing', { name: 'gone', as: 'file' }], sizes)).toEqual([
      { path: 'credentials.1', message: 'the zone has no credential missing' },
      { path: 'credentials.2', message: 'the zone has no credential gone' },
    ]);
    expect(faultsOfUses(['TOKEN', 'OTHER'], sizes)).toEqual([]);
  });

  it('may not take the same variable, nor one of those that Klevr sets', () => {
    expect(faultsOfUses(['TOKEN', { name: 'OTHER', as: 'file', variable: 'TOKEN' }], sizes)).toEqual([
      { path: 'credentials.1', message: 'the variable TOKEN is that of credentials.0 already' },
    ]);
    const ours = ['KLEVR_X', { name: 'TOKEN', as: 'environment' as const, variable: 'TASK_RESULT' }];
    expect(faultsOfUses(ours, sizes).map(({ path }) => path)).toEqual(['credentials.0', 'credentials.1']);
    expect(faultsOfUses([{ name: 'KLEVR_X', as: 'environment', variable: 'X' }], sizes)).toEqual([]);
  });

  it('may not be larger together than a command can carry', () => {
    expect(faultsOfUses(['BIG'], sizes)).toEqual([]);
    expect(faultsOfUses(['BIG', 'TOKEN'], sizes)).toMatchObject([
      { path: 'credentials', message: expect.stringContaining('together have') as unknown },
    ]);
  });
});
