import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Batcher, type BatchOutcome } from './batcher.js';

interface Held {
  readonly items: readonly number[];
  readonly finish: (outcomes?: readonly BatchOutcome<string>[]) => void;
  readonly fail: (error: Error) => void;
}

/** A batch function that stays in flight until the test ends it. */
const held = () => {
  const calls: Held[] = [];
  const run = (items: readonly number[]): Promise<readonly BatchOutcome<string>[]> =>
    new Promise((resolve, reject) => {
      const finish: Held['finish'] = (outcomes = items.map((item) => ({ value: `done ${item}` }))) => resolve(outcomes);
      calls.push({ items, finish, fail: reject });
    });
  return { calls, run };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Batcher', () => {
  it('runs the first call at once and joins those that come while it runs, up to the largest size', async () => {
    const { calls, run } = held();
    const batcher = new Batcher({ run, maxSize: 2 });
    const results = [batcher.add(1)];
    await turn();
    results.push(batcher.add(2), batcher.add(3), batcher.add(4));
    await turn();
    expect(calls.map((call) => call.items)).toEqual([[1]]);
    calls[0]?.finish();
    await turn();
    calls[1]?.finish();
    await turn();
    expect(calls.map((call) => call.items)).toEqual([[1], [2, 3], [4]]);
    calls[2]?.finish();
    expect(await Promise.all(results)).toEqual(['done 1', 'done 2', 'done 3', 'done 4']);
    await turn();
    expect(batcher.busyLanes).toBe(0);
  });

  it('gives each caller its own error', async () => {
    const { calls, run } = held();
    const batcher = new Batcher({ run, maxSize: 10 });
    const results = Promise.allSettled([batcher.add(1), batcher.add(2)]);
    await turn();
    calls[0]?.finish([{ error: new Error('bad one') }, { value: 'fine' }]);
    expect(await results).toEqual([
      { status: 'rejected', reason: new Error('bad one') },
      { status: 'fulfilled', value: 'fine' },
    ]);
  });

  it('fails every caller of a rejected batch and goes on with the next', async () => {
    const { calls, run } = held();
    const batcher = new Batcher({ run, maxSize: 2 });
    const results = Promise.allSettled([batcher.add(1), batcher.add(2), batcher.add(3)]);
    await turn();
    calls[0]?.fail(new Error('no'));
    await turn();
    calls[1]?.finish();
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('runs each item alone after a rejected batch if told to, so that only the bad one fails', async () => {
    const batcher = new Batcher<number, number>({
      run: (items) => (items.includes(2) ? Promise.reject(new Error('poison')) : Promise.resolve(items.map((value) => ({ value })))),
      maxSize: 10,
      retryAlone: (error) => error instanceof Error && error.message === 'poison',
    });
    const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('runs lanes side by side', async () => {
    const { calls, run } = held();
    const batcher = new Batcher({ run, maxSize: 10, laneOf: (item) => (item % 2 === 0 ? 'even' : 'odd') });
    const results = Promise.all([1, 2, 3, 4].map((item) => batcher.add(item)));
    await turn();
    expect(calls.map((call) => call.items)).toEqual([
      [1, 3],
      [2, 4],
    ]);
    for (const call of calls) call.finish();
    await results;
  });

  it('refuses what goes beyond its limit, and takes calls again afterwards', async () => {
    const { calls, run } = held();
    const batcher = new Batcher({ run, maxSize: 10, maxWaiting: 2 });
    const first = batcher.add(0);
    await turn();
    const waiting = [batcher.add(1), batcher.add(2)];
    await expect(batcher.add(3)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    calls[0]?.finish();
    await first;
    await turn();
    const later = batcher.add(4);
    calls[1]?.finish();
    await turn();
    calls[2]?.finish();
    expect(await Promise.all([...waiting, later])).toEqual(['done 1', 'done 2', 'done 4']);
  });

  it('takes a wrong number of outcomes for a failure', async () => {
    const batcher = new Batcher({ run: () => Promise.resolve([]), maxSize: 10 });
    await expect(batcher.add(1)).rejects.toThrow('0 outcomes for 1 items');
  });

  it('answers every call with its own outcome, in order, one batch in flight a lane, whatever happens when', async () => {
    const call = fc.record({ id: fc.nat(), lane: fc.nat(2), fate: fc.constantFrom('value', 'error') });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.uniqueArray(call, { selector: ({ id }) => id, maxLength: 25 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.boolean(), { maxLength: 6 }),
        async (scheduler, calls, maxSize, rejections) => {
          const inFlight = new Map<number, number>();
          const order = new Map<number, number[]>();
          let batches = 0;
          const batcher = new Batcher<(typeof calls)[number], number>({
            maxSize,
            laneOf: ({ lane }) => String(lane),
            run: async (items) => {
              const lane = items[0]?.lane ?? -1;
              const rejects = rejections[batches++] === true;
              expect(items.length).toBeLessThanOrEqual(maxSize);
              expect(new Set(items.map((item) => item.lane)).size).toBe(1);
              expect(inFlight.get(lane) ?? 0).toBe(0);
              inFlight.set(lane, 1);
              order.set(lane, [...(order.get(lane) ?? []), ...items.map(({ id }) => id)]);
              await scheduler.schedule(Promise.resolve());
              inFlight.set(lane, 0);
              if (rejects) throw new Error('batch');
              return items.map(({ id, fate }) => (fate === 'value' ? { value: id } : { error: new Error(String(id)) }));
            },
          });
          const added = new Map<number, number[]>();
          const results = calls.map(async (each) => {
            await scheduler.schedule(Promise.resolve());
            added.set(each.lane, [...(added.get(each.lane) ?? []), each.id]);
            return batcher.add(each).then(
              (value) => ({ value }),
              (error: unknown) => ({ error: error instanceof Error ? error.message : 'not an error' }),
            );
          });
          const outcomes = await scheduler.waitFor(Promise.all(results));
          outcomes.forEach((outcome, index) => {
            const { id, fate } = calls[index] ?? { id: -1, fate: '' };
            const own = fate === 'value' ? { value: id } : { error: String(id) };
            expect(rejections.includes(true) ? [own, { error: 'batch' }] : [own]).toContainEqual(outcome);
          });
          expect(order).toEqual(added);
          await turn();
          expect(batcher.busyLanes).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});
