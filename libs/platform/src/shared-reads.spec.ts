import { describe, expect, it } from '@jest/globals';
import { SharedReads } from './shared-reads.js';

describe('shared reads', () => {
  /** Each read waits until the test ends it. */
  const served = () => {
    const begun: { resolve: (found: string) => void; reject: (error: Error) => void }[] = [];
    const reads = new SharedReads(() => new Promise<string>((resolve, reject) => void begun.push({ resolve, reject })));
    return { begun, reads };
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('come one after the other; who asks during one gets the next, with all others', async () => {
    const { begun, reads } = served();
    const first = reads.fresh();
    await turn();
    const [second, third] = [reads.fresh(), reads.fresh()];
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.resolve('old');
    expect(await first).toBe('old');
    await turn();
    expect(begun).toHaveLength(2);
    begun[1]?.resolve('new');
    expect(await Promise.all([second, third])).toEqual(['new', 'new']);
    expect(begun).toHaveLength(2);
  });

  it('go on after one that failed, whose error those hear who waited for it', async () => {
    const { begun, reads } = served();
    const first = reads.fresh();
    await turn();
    const second = reads.fresh();
    begun[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await turn();
    begun[1]?.resolve('there');
    expect(await second).toBe('there');
  });
});
