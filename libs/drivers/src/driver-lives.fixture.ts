import type { PlanChange } from '@klevr/contracts/resource';
import type { Driver, DriverSession, DriverWork, Goal, Progress } from './driver.js';

/** What a driver's own spec gives to the contract (driver-contract.fixture.ts): its engine, and how to look at it and spoil it. */
export interface DriverBed {
  /** Another life of the same worker: the same folders, the same engine. Called many times; the contract closes it. */
  open(): Promise<Driver>;
  /** A `DriverWork` as `workOf` of work.fixture.ts makes it; the same resource gets the same folder and the same state each time. */
  work(resource: { readonly id: string; readonly name: string }, spec: Spec, signal: AbortSignal): Promise<DriverWork>;
  /** Several parts, one of which holds data where the driver knows such. Names of things must not clash with those of other resources. */
  readonly spec: Spec;
  /** The same with something changed, where that is to be an update or a replacement of a part. */
  readonly changed: Spec;
  /**
   * All that stands at the engine, whoever made it: one text each, sorted or not, the same for the same thing: a kind and a name, and where it is cheap what tells a
   * thing that was made anew (an id, a time), after a `#`.
   */
  things(): Promise<string[]>;
  /** Somebody spoils a part of this resource at the engine, by hand. */
  spoil(resource: { readonly id: string; readonly name: string }): Promise<void>;
  /** Whether destroy without `deleteData` leaves something; true if not given. */
  readonly keepsData?: boolean;
  close(): Promise<void>;
}
export type Spec = Readonly<Record<string, unknown>>;
export interface Resource {
  readonly id: string;
  readonly name: string;
}

const goesOn: Progress = () => Promise.resolve();

/** Work of one life of a worker after the other, each with a driver of its own. */
export class Lives {
  constructor(private readonly bed: () => DriverBed) {}

  async work<T>(
    resource: Resource,
    work: (session: DriverSession) => Promise<T>,
    spec: Spec = this.bed().spec,
    signal = new AbortController().signal,
  ): Promise<T> {
    const driver = await this.bed().open();
    try {
      const session = await driver.open(await this.bed().work(resource, spec, signal));
      try {
        return await work(session);
      } finally {
        await session.close();
      }
    } finally {
      await driver.close();
    }
  }

  planned(resource: Resource, goal: Goal, spec?: Spec): Promise<PlanChange[]> {
    return this.work(resource, (session) => session.plan(goal), spec);
  }

  reach(resource: Resource, goal: Goal, spec?: Spec, progress = goesOn): Promise<void> {
    return this.work(resource, async (session) => session.carryOut(await session.plan(goal), goal, progress), spec);
  }

  /** Ends the work when it tells of a step for this many times. Answers whether there was something left to cut. */
  async cutOff(resource: Resource, goal: Goal, cutAt: number, how: 'the centre says stop' | 'the signal comes'): Promise<boolean> {
    const end = new AbortController();
    let calls = 0;
    const progress: Progress = async () => {
      calls += 1;
      if (calls < cutAt) return;
      end.abort(new Error('cut off'));
      if (how === 'the centre says stop') throw new Error('cut off');
    };
    try {
      await this.work(resource, async (session) => session.carryOut(await session.plan(goal), goal, progress), undefined, end.signal);
    } catch (error) {
      if (!end.signal.aborted) throw error;
    }
    return end.signal.aborted;
  }
}
