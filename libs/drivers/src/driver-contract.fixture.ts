import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { PlanChange } from '@klevr/contracts/resource';
import { cutPlaces } from './cut-places.fixture.js';
import { Lives, type DriverBed, type Resource } from './driver-lives.fixture.js';
import type { Goal } from './driver.js';

/**
 * What every driver promises (see driver.ts), as tests that its own spec calls with its engine: `driverContract('docker', openBed)`.
 * Every test has a resource of its own, and takes all of it away again. A bed may be slow: give `timeoutMs`. Where it cannot be opened here, `skip` says why.
 */
const present: Goal = { present: true };
const gone: Goal = { present: false, deleteData: true };
const leftOf = (changes: readonly PlanChange[]): PlanChange[] => changes.filter(({ action }) => action !== 'none' && action !== 'keep');
const nameOf = (thing: string): string => thing.split('#')[0] ?? '';

interface ContractOptions {
  readonly timeoutMs?: number;
  readonly skip?: string | undefined;
  /** False where the driver has no events. */
  readonly watches?: boolean;
}

export const driverContract = (
  name: string,
  openBed: () => Promise<DriverBed>,
  { timeoutMs: limitMs = 60_000, skip, watches = true }: ContractOptions = {},
): void => {
  (skip === undefined ? describe : describe.skip)(skip === undefined ? `the driver ${name}` : `the driver ${name} (${skip})`, () => {
    const ref: { bed?: DriverBed } = {};
    const bed = (): DriverBed => {
      if (ref.bed === undefined) throw new Error('the bed is not open');
      return ref.bed;
    };
    beforeAll(async () => void (ref.bed = await openBed()), limitMs);
    afterAll(() => ref.bed?.close(), limitMs);

    const things = async (): Promise<string[]> => (await bed().things()).sort();
    const names = async (): Promise<string[]> => (await things()).map(nameOf);

    const lives = new Lives(bed);
    const reach = lives.reach.bind(lives);
    const planned = lives.planned.bind(lives);

    const own = (title: string, test: (resource: Resource) => Promise<void>, times = 1): void =>
      it(
        `${title}`,
        async () => {
          const resource = { id: newId('resource'), name: 'web' };
          const before = await things();
          try {
            await test(resource);
          } finally {
            await reach(resource, gone);
          }
          expect(await things()).toEqual(before);
        },
        times * limitMs,
      );

    own('touches nothing when it plans', async (resource) => {
      const before = await things();
      const plan = await planned(resource, present);
      expect(plan.length).toBeGreaterThan(0);
      expect(plan.every(({ action }) => action === 'create')).toBe(true);
      expect(await things()).toEqual(before);
    });

    own('has nothing left to do after an apply, and a second one changes nothing', async (resource) => {
      await reach(resource, present);
      const after = await things();
      expect(leftOf(await planned(resource, present))).toEqual([]);
      await reach(resource, present);
      expect(await things()).toEqual(after);
    });

    own('plans the same twice, tells each step as begun and done, and shows what it made', async (resource) => {
      const told: string[] = [];
      const plan = await planned(resource, present);
      expect(await planned(resource, present)).toEqual(plan);
      await reach(resource, present, undefined, async (change, state) => void told.push(`${change.part} ${state}`));
      for (const { part } of plan) expect(told).toEqual(expect.arrayContaining([`${part} begun`, `${part} done`]));
      const { parts } = await lives.work(resource, (session) => session.observe());
      expect(parts.length).toBeGreaterThan(0);
    });

    own('brings what stands there to another wish, and back', async (resource) => {
      await reach(resource, present);
      const first = await names();
      expect(leftOf(await planned(resource, present, bed().changed))).not.toEqual([]);
      await reach(resource, present, bed().changed);
      expect(leftOf(await planned(resource, present, bed().changed))).toEqual([]);
      await reach(resource, present);
      expect(leftOf(await planned(resource, present))).toEqual([]);
      expect(await names()).toEqual(first);
    });

    own('leaves data behind when it destroys, unless it is told to take it, and finds it again', async (resource) => {
      const before = await things();
      await reach(resource, present);
      const withAll = await things();
      const keep: Goal = { present: false, deleteData: false };
      await reach(resource, keep);
      const kept = (await things()).filter((thing) => !before.includes(thing));
      expect(kept.length > 0).toBe(bed().keepsData ?? true);
      expect(leftOf(await planned(resource, keep))).toEqual([]);
      await reach(resource, present);
      const again = await things();
      expect(again.map(nameOf)).toEqual(withAll.map(nameOf));
      for (const thing of kept) expect(again).toContain(thing);
    });

    own("does not touch another resource's things", async (resource) => {
      const other = { id: newId('resource'), name: 'other' };
      const before = await things();
      await reach(other, present);
      const others = (await things()).filter((thing) => !before.includes(thing));
      try {
        await reach(resource, present);
        await reach(resource, gone);
        expect(await things()).toEqual([...before, ...others].sort());
        expect(leftOf(await planned(other, present))).toEqual([]);
      } finally {
        await reach(other, gone);
      }
    });

    for (const [title, goal] of [
      ['apply', present],
      ['destroy', gone],
    ] as const) {
      own(
        `goes on from wherever its ${title} was cut off, with nothing twice and nothing orphaned`,
        async (resource) => {
          let steps = 0;
          const counted = (to: Goal): Promise<void> =>
            reach(resource, to, undefined, async () => void (steps += to.present === goal.present ? 1 : 0));
          const empty = await names();
          await counted(present);
          const whole = await names();
          await counted(gone);
          if (!goal.present) await reach(resource, present);
          // Both ways of being cut off, by turns: each place costs several lives.
          for (const [turn, cutAt] of cutPlaces(steps).entries()) {
            const cut = await lives.cutOff(resource, goal, cutAt, turn % 2 === 0 ? 'the centre says stop' : 'the signal comes');
            await reach(resource, goal);
            expect({ cutAt, cut, left: leftOf(await planned(resource, goal)) }).toEqual({ cutAt, cut: true, left: [] });
            expect({ cutAt, names: await names() }).toEqual({ cutAt, names: goal.present ? whole : empty });
            await reach(resource, goal.present ? gone : present);
          }
        },
        3,
      );
    }

    own('sees what somebody spoiled, and mends it', async (resource) => {
      await reach(resource, present);
      const whole = await names();
      await bed().spoil(resource);
      expect(leftOf(await planned(resource, present))).not.toEqual([]);
      await reach(resource, present);
      expect(leftOf(await planned(resource, present))).toEqual([]);
      expect(await names()).toEqual(whole);
    });

    const events = async (resource: Resource): Promise<void> => {
      await reach(resource, present);
      const driver = await bed().open();
      try {
        const [engine] = await driver.engines();
        if (engine === undefined || driver.watch === undefined) throw new Error('this driver has no engine or no events');
        let spoiled = false;
        await new Promise<void>((resolve, reject) => {
          const late = setTimeout(() => reject(new Error('no event came')), 30_000);
          const heard = (id: string): void => {
            if (id !== resource.id || !spoiled) return;
            clearTimeout(late);
            resolve();
          };
          const watching = driver.watch?.(engine, heard) ?? Promise.reject(new Error('no events'));
          const spoil = async (): Promise<void> => {
            const watch = await watching;
            stop = () => watch.stop();
            spoiled = true;
            await bed().spoil(resource);
          };
          spoil().catch(reject);
        }).finally(() => stop());
      } finally {
        await driver.close();
      }
    };
    let stop: () => Promise<void> = () => Promise.resolve();
    if (watches) own('tells by events that somebody spoiled something', events);
    else it('has no events, and does not say that it had', async () => expect(await bed().open()).not.toHaveProperty('watch'));

    own('says that all is well where it is, and that nothing is where nothing is', async (resource) => {
      await reach(resource, present);
      const health = await lives.work(resource, (session) => session.engineHealth());
      expect(['healthy', 'starting', 'unknown']).toContain(health.state);
      await reach(resource, gone);
      expect((await lives.work(resource, (session) => session.observe())).parts).toEqual([]);
    });
  });
};
