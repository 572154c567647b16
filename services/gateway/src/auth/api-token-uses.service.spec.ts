import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import { ApiTokenUses } from './api-token-uses.service.js';
import type { ApiTokensStore } from './api-tokens.store.js';

const quiet = { debug: () => undefined } as unknown as Log;

const uses = (touch: ApiTokensStore['touch'] = () => Promise.resolve()) => {
  const clock = new FakeClock();
  const written: string[][] = [];
  const store: Pick<ApiTokensStore, 'touch'> = {
    touch: (ids, at) => {
      written.push([...ids]);
      return touch(ids, at);
    },
  };
  return { clock, written, service: new ApiTokenUses(store as ApiTokensStore, clock, quiet) };
};

describe('the uses of API tokens', () => {
  it('are written together, a moment later', () => {
    const { clock, written, service } = uses();
    for (const id of ['a', 'b', 'a']) service.used(id);
    expect(written).toEqual([]);
    clock.advance(2_000);
    expect(written).toEqual([['a', 'b']]);
  });

  it('are written once a minute for each token at most', () => {
    const { clock, written, service } = uses();
    for (let second = 0; second < 119; second++) {
      service.used('a');
      clock.advance(1_000);
    }
    expect(written).toEqual([['a'], ['a']]);
  });

  it('are written at once where many wait', () => {
    const { written, service } = uses();
    for (let count = 0; count < 1_000; count++) service.used(`tok_${count}`);
    expect(written.map(({ length }) => length)).toEqual([1_000]);
  });

  it('are written at the stop, and a database that is away stops nothing', async () => {
    const { clock, written, service } = uses(() => Promise.reject(new Error('away')));
    service.used('a');
    await service.onModuleDestroy();
    expect(written).toEqual([['a']]);
    clock.advance(60_000);
    service.used('a');
    clock.advance(2_000);
    expect(written).toEqual([['a'], ['a']]);
    await service.onModuleDestroy();
    expect(written).toHaveLength(2);
  });
});
