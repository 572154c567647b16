import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskKeySet } from '@klevr/contracts/agent';
import { newId } from '@klevr/contracts/ids';
import { KeptLog } from '../kept-log.fixture.js';
import { SigningKey, runCommandOf } from './signing.fixture.js';
import { TrustedKeys } from './trusted-keys.js';

const ids = { agentId: newId('agent'), zoneId: newId('zone'), session: newId('session') };

describe('the keys that an agent takes commands from', () => {
  let [k1, k2, k3, strange]: SigningKey[] = [];
  let kept: TaskKeySet;
  let nowMs = 0;
  let asked = 0;
  let onAsk: () => Promise<unknown> = () => Promise.resolve();
  let turnedTo = 0;
  let keys: TrustedKeys;

  const present = (key: SigningKey | undefined): SigningKey => {
    if (key === undefined) throw new Error('not made');
    return key;
  };
  beforeAll(async () => {
    [k1, k2, k3, strange] = await Promise.all(['k1', 'k2', 'k3', 'strange'].map((kid) => SigningKey.make(kid)));
  });
  beforeEach(() => {
    kept = { keys: [present(k1).publicJwk] };
    [nowMs, asked, turnedTo, onAsk] = [1_000_000, 0, 0, () => Promise.resolve()];
    keys = new TrustedKeys({
      kept: () => kept,
      keep: (told) => (kept = told),
      ask: async () => {
        asked += 1;
        await onAsk();
      },
      onStrange: () => (turnedTo += 1),
      nowMs: () => nowMs,
      log: new KeptLog(),
    });
  });
  const command = runCommandOf(ids);
  const accepts = async (key: SigningKey | undefined): Promise<boolean> =>
    keys.verify(await present(key).sign(command)).then(
      () => true,
      () => false,
    );

  it('go over to another one by the word of the one before, which is good until it is said to be so no more', async () => {
    const [first, second] = [present(k1), present(k2)];
    expect(await keys.take(await second.keys(5, [second, first], [await first.endorse(second)]))).toBe(true);
    expect([await accepts(k1), await accepts(k2)]).toEqual([true, true]);
    expect(await keys.take(await second.keys(6, [second]))).toBe(true);
    expect([await accepts(k1), await accepts(k2)]).toEqual([false, true]);
  });

  it('are found by a chain, by an agent that was away while all of those that it knows were given up', async () => {
    const [first, second, third] = [present(k1), present(k2), present(k3)];
    const chain = [await first.endorse(second), await second.endorse(third)];
    expect(await keys.take(await third.keys(9, [third], chain))).toBe(true);
    expect([await accepts(k1), await accepts(k2), await accepts(k3)]).toEqual([false, false, true]);
    expect(turnedTo).toBe(0);
  });

  it('are found by a chain that tells of known ones as well', async () => {
    const [first, second, third] = [present(k1), present(k2), present(k3)];
    const chain = [await first.endorse(second)];
    await keys.take(await second.keys(5, [second, first], chain));
    expect(await keys.take(await third.keys(6, [third, second], [...chain, await second.endorse(third)]))).toBe(true);
    expect([await accepts(k1), await accepts(k2), await accepts(k3), turnedTo]).toEqual([false, true, true, 0]);
  });

  it('are not taken by the word of one whose time is over', async () => {
    const [first, second, stranger] = [present(k1), present(k2), present(strange)];
    const old = { ...first.publicJwk, verifiesUntilMs: nowMs + 10 };
    const statement = await first.sign({ generation: 5, keys: [second.publicJwk, old] }, { typ: 'klevr-keys' });
    await keys.take({ statement, chain: [await first.endorse(second)] });
    nowMs += 11;
    expect(await keys.take(await stranger.keys(6, [stranger], [await first.endorse(stranger)]))).toBe(false);
    expect(await accepts(strange)).toBe(false);
  });

  it('are asked for elsewhere where others have the generation of those that are known', async () => {
    kept = { generation: 0, keys: [present(k1).publicJwk] };
    expect(await keys.take(await present(k1).keys(0))).toBe(true);
    expect([await keys.take(await present(strange).keys(0)), turnedTo]).toEqual([false, 1]);
  });

  it('are not taken from anybody whom none of them vouches for', async () => {
    const [first, stranger] = [present(k1), present(strange)];
    const before = kept;
    const forged = [
      await stranger.keys(9, [stranger]),
      await stranger.keys(9, [stranger], [await stranger.endorse(stranger)]),
      await stranger.keys(9, [stranger], [await first.sign({ key: stranger.publicJwk })]),
      { statement: 'no jws', chain: [] },
    ];
    for (const told of forged) expect(await keys.take(told)).toBe(false);
    expect(kept).toBe(before);
    expect(turnedTo).toBe(3);
  });

  it('are never older than those that were taken: one that was given up stays so', async () => {
    const [first, second] = [present(k1), present(k2)];
    const old = await first.keys(4, [first]);
    await keys.take(await second.keys(5, [second], [await first.endorse(second)]));
    expect(await keys.take(old)).toBe(false);
    expect(await accepts(k1)).toBe(false);
  });

  it('are good until the time that was told with them', async () => {
    const [first, second] = [present(k1), present(k2)];
    const statement = await first.sign(
      { generation: 5, keys: [second.publicJwk, { ...first.publicJwk, verifiesUntilMs: nowMs + 10 }] },
      { typ: 'klevr-keys' },
    );
    await keys.take({ statement, chain: [] });
    expect(await accepts(k1)).toBe(true);
    nowMs += 11;
    expect([await accepts(k1), await accepts(k2)]).toEqual([false, true]);
  });

  it('are asked for where a command names one that is not known, once for all that wait, and seldom', async () => {
    const [first, second] = [present(k1), present(k2)];
    onAsk = async () => keys.take(await second.keys(5, [second, first], [await first.endorse(second)]));
    expect(await Promise.all([accepts(k2), accepts(k2), accepts(k1)])).toEqual([true, true, true]);
    expect(asked).toBe(1);
    onAsk = () => Promise.resolve();
    expect([await accepts(strange), await accepts(strange), asked]).toEqual([false, false, 1]);
    nowMs += 5_001;
    expect([await accepts(strange), asked]).toEqual([false, 2]);
  });

  it('are asked for more and more seldom where keys are named that nobody has', async () => {
    const start = nowMs;
    for (; nowMs < start + 600_000; nowMs += 1_000) await accepts(strange);
    expect(asked).toBeLessThan(16);
    expect(asked).toBeGreaterThan(10);
    nowMs = start;
    const before = asked;
    await accepts(strange);
    expect(asked).toBe(before + 1);
  });
});
