import { isDeepStrictEqual } from 'node:util';
import { newId } from '@klevr/contracts/ids';
import type { PlanChange } from '@klevr/contracts/resource';
import { Lives, type Resource, type Spec } from '../driver-lives.fixture.js';
import type { Goal } from '../driver.js';
import { type DockerBed, sleeper } from './docker-bed.fixture.js';

export const present: Goal = { present: true };
export const gone: Goal = { present: false, deleteData: true };

/** A resource for one test, at the engine of a bed. */
export class TestedResource {
  readonly lives: Lives;

  constructor(
    readonly bed: DockerBed,
    readonly resource: Resource,
  ) {
    this.lives = new Lives(() => bed);
  }

  /** Takes all of it away again, and throws where something stays at the engine. */
  static async in(bed: DockerBed, test: (tested: TestedResource) => Promise<void>): Promise<void> {
    const tested = new TestedResource(bed, { id: newId('resource'), name: `r${newId('resource').slice(-6).toLowerCase()}` });
    const before = await tested.things();
    try {
      await test(tested);
    } finally {
      await tested.reach({}, gone);
    }
    const after = await tested.things();
    if (!isDeepStrictEqual(after, before)) throw new Error(`left behind: ${after.filter((thing) => !before.includes(thing)).join(', ')}`);
  }

  reach(spec: Spec, goal: Goal = present): Promise<void> {
    return this.lives.reach(this.resource, goal, spec);
  }

  async things(): Promise<string[]> {
    return (await this.bed.things()).toSorted();
  }

  /** Without what tells a thing that was made anew. */
  async names(): Promise<string[]> {
    return (await this.things()).map((thing) => thing.split('#')[0] ?? '');
  }

  async left(spec: Spec): Promise<PlanChange[]> {
    return (await this.lives.planned(this.resource, present, spec)).filter(({ action }) => action !== 'none');
  }

  async inspect(key = 'site'): Promise<Inspected> {
    return (await this.bed.engine.ask('GET', `/containers/${this.resource.name}-${key}/json`)) as Inspected;
  }

  inside(spec: Spec, ...command: string[]): Promise<{ readonly exitCode: number; readonly output: string }> {
    return this.lives.work(
      this.resource,
      (session) =>
        session.execute?.('container/site', command, new AbortController().signal) ?? Promise.reject(new Error('it cannot be executed in')),
      spec,
    );
  }

  async containers(spec: Spec): Promise<ObservedContainers> {
    const { values } = await this.lives.work(this.resource, (session) => session.observe(), spec);
    return values['containers'] as ObservedContainers;
  }
}

/** A container `site`, and what else is given. */
export const only = (container: object, rest: Spec = {}): Spec => ({
  ...rest,
  containers: { site: { ...sleeper, networkMode: 'none', ...container } },
});

interface Inspected {
  readonly Id: string;
  readonly Config: { readonly Labels: Record<string, string> };
  readonly State: { readonly Running: boolean };
}
type ObservedContainers = Readonly<
  Record<string, { readonly state: string; readonly ports: Readonly<Record<string, readonly { hostIp: string; hostPort: number }[]>> }>
>;
