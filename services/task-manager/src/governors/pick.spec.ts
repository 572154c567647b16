import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pagesAtMost, pickRuns, type Candidate, type PageOfQueue } from './pick.js';
import { Room, type Taken } from './room.js';

const order = (a: Candidate, b: Candidate): number => b.priority - a.priority || (a.id < b.id ? -1 : 1);

/** The queue as the database reads it. */
const reader =
  (queue: readonly Candidate[], asked: PageOfQueue[] = []) =>
  (page: PageOfQueue): Promise<Candidate[]> => {
    asked.push(page);
    const { without, after, limit } = page;
    const fits = (one: Candidate): boolean =>
      !(one.agentId !== null && without.hosts.includes(one.agentId)) &&
      !(one.concurrencyKey !== null && without.keys.includes(one.concurrencyKey)) &&
      (after === undefined || order(after, one) < 0);
    return Promise.resolve([...queue].sort(order).filter(fits).slice(0, limit));
  };

const capacities = new Map([
  ['db', 1],
  ['cache', 3],
]);
const roomOf = (limits: { zone: number; perHost: number }, taken: readonly Taken[] = []): Room => {
  const room = new Room(limits, taken);
  room.learn(capacities);
  return room;
};
const nothingToLearn = (): Promise<void> => Promise.resolve();

const host = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: null });
const key = fc.option(fc.constantFrom('db', 'cache'), { nil: null, freq: 2 });
const queues = fc
  .array(fc.record({ priority: fc.integer({ min: 0, max: 2 }), agentId: host, concurrencyKey: key }), { maxLength: 60 })
  .map((runs) => runs.map((run, index): Candidate => ({ ...run, id: String(index).padStart(4, '0') })));
const limits = fc.record({ zone: fc.integer({ min: 0, max: 12 }), perHost: fc.integer({ min: 1, max: 5 }) });

const countBy = (runs: readonly Candidate[], of: (run: Candidate) => string | null): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const run of runs) {
    const name = of(run);
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
};

describe('picking the runs that go next', () => {
  it('passes by whoever waits for a busy host, to those behind who can go', async () => {
    const queue = Array.from('aaaaaaaab', (agentId, index) => ({ id: `${index}`, priority: 0, agentId, concurrencyKey: null }));
    const picked = await pickRuns(roomOf({ zone: 9, perHost: 2 }), 4, reader(queue), nothingToLearn);
    expect(picked).toEqual({ ids: ['0', '1', '8'], more: false });
  });

  it('reads so much at a time, and says that there may be more', async () => {
    const runs = (hosts: number, each: number): Candidate[] =>
      Array.from({ length: hosts * each }, (_, index) => ({
        id: String(index).padStart(4, '0'),
        priority: 0,
        agentId: `agent ${Math.floor(index / each)}`,
        concurrencyKey: null,
      }));
    const room = roomOf({ zone: 100, perHost: 1 });
    expect(await pickRuns(room.copy(), 10, reader(runs(40, 1)), nothingToLearn)).toMatchObject({ ids: { length: 10 }, more: true });
    const asked: PageOfQueue[] = [];
    const crowded = await pickRuns(room.copy(), 25, reader(runs(40, 30), asked), nothingToLearn);
    expect(crowded).toMatchObject({ ids: { length: pagesAtMost }, more: true });
    expect(asked).toHaveLength(pagesAtMost);
  });

  it('never picks beyond a limit, nor leaves a place empty for which someone waits, nor prefers who comes later', () =>
    fc.assert(
      fc.asyncProperty(queues, limits, fc.integer({ min: 1, max: 8 }), async (queue, limit, pageSize) => {
        const room = roomOf(limit);
        const sorted = [...queue].sort(order);
        const { ids, more } = await pickRuns(room.copy(), pageSize, reader(queue), nothingToLearn);
        const picked = ids.map((id) => sorted.find((one) => one.id === id)).filter((one) => one !== undefined);
        expect(picked.length).toBeLessThanOrEqual(Math.min(limit.zone, pageSize));
        for (const count of countBy(picked, ({ agentId }) => agentId).values()) expect(count).toBeLessThanOrEqual(limit.perHost);
        for (const [name, count] of countBy(picked, ({ concurrencyKey }) => concurrencyKey)) {
          expect(count).toBeLessThanOrEqual(capacities.get(name) ?? 1);
        }
        // What a reader of the whole queue would choose.
        const whole = room.copy();
        const greedy = sorted.filter((one) => {
          if (whole.whyFull(one) !== null) return false;
          whole.take(one);
          return true;
        });
        expect(ids).toEqual(greedy.slice(0, pageSize).map(({ id }) => id));
        expect(more || greedy.length === ids.length).toBe(true);
      }),
      { numRuns: 500 },
    ));

  it('lets everyone go in the end, whatever ends when', () =>
    fc.assert(
      fc.asyncProperty(
        queues,
        limits.filter(({ zone }) => zone > 0),
        fc.infiniteStream(fc.nat()),
        async (queue, limit, choices) => {
          const waiting = new Map(queue.map((one) => [one.id, one]));
          const placed: Candidate[] = [];
          for (let rounds = 0; waiting.size > 0 && rounds < 500; rounds++) {
            const room = roomOf(
              limit,
              placed.map((one) => ({ ...one, count: 1 })),
            );
            const { ids } = await pickRuns(room, 5, reader([...waiting.values()]), nothingToLearn);
            for (const id of ids) {
              const one = waiting.get(id);
              if (one !== undefined) placed.push(one);
              waiting.delete(id);
            }
            expect(placed.length).toBeLessThanOrEqual(limit.zone);
            expect(placed.length).toBeGreaterThan(0);
            placed.splice((choices.next().value ?? 0) % placed.length, 1);
          }
          expect([...waiting.keys()]).toEqual([]);
        },
      ),
      { numRuns: 200 },
    ));
});
