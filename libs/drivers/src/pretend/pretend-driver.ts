import { stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Engine, PlanChange } from '@klevr/contracts/resource';
import { FileWatch } from '@klevr/platform/file-watch';
import { Secret } from '@klevr/recipes/secret';
import {
  oneByOne,
  type Driver,
  type DriverHost,
  type DriverSession,
  type DriverWork,
  type Goal,
  type OpenDriver,
  type Watch,
} from '../driver.js';
import { readSection } from '../read-section.js';
import { keyOf, ownOf, planOf } from './pretend-plan.js';
import { partOf, PretendSpec } from './pretend-spec.js';
import { PretendWorld, thingsOf, type Thing, type Things } from './pretend-world.js';

/**
 * The driver whose engine is a file (KLEVR_PRETEND_WORLD), for tests and dry runs.
 * Promises: what the interface promises, with things that are entries of the file; what is edited by hand in it is seen. A recipe can have it fail, be slow, or
 * kill its worker in the middle. Does not: make anything real.
 */
export const openPretendDriver: OpenDriver = (host) => new PretendDriver(host);

class PretendDriver implements Driver {
  readonly name = 'pretend';

  constructor(private readonly host: DriverHost) {}

  async engines(): Promise<Engine[]> {
    const { pretendWorld } = this.host.settings;
    if (pretendWorld === undefined) return [];
    const path = resolve(pretendWorld);
    const there = await stat(dirname(path)).catch(() => undefined);
    return there === undefined ? [] : [{ driver: 'pretend', id: path, version: '1.0', description: 'a file' }];
  }

  async open(work: DriverWork): Promise<DriverSession> {
    return new PretendSession(work, readSection(PretendSpec, work.spec), this.host);
  }

  watch(engine: Engine, changed: (resourceId: string, what: string) => void): Promise<Watch> {
    let before: Things = {};
    const watch = new FileWatch({
      path: engine.id,
      onText: async (text) => {
        const now = thingsOf(text);
        for (const { resource, part } of differing(before, now)) changed(resource, part);
        before = now;
      },
      // A file that is not there is a world with nothing in it.
      onError: (error) => this.host.log.debug({ error, engine: engine.id }, 'the world cannot be read'),
      clock: this.host.clock,
    });
    watch.start();
    return Promise.resolve({ stop: () => watch.stop() });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class PretendSession implements DriverSession {
  private readonly world: PretendWorld;

  constructor(
    private readonly work: DriverWork,
    private readonly spec: PretendSpec,
    private readonly host: DriverHost,
  ) {
    this.world = new PretendWorld(work.engine.id);
  }

  async plan(goal: Goal): Promise<PlanChange[]> {
    return planOf(await this.wanted(), await this.own(), goal);
  }

  async carryOut(changes: readonly PlanChange[], _goal: Goal, progress: Parameters<DriverSession['carryOut']>[2]): Promise<void> {
    const wanted = new Map((await this.wanted()).map((thing) => [thing.part, thing]));
    await oneByOne(changes, progress, async ({ part, action }) => {
      const { work, spec } = this;
      await this.pause();
      if (part === spec.failAt) throw new Error(`${part} fails, as its recipe says`);
      const [key, thing] = [keyOf(work.resource.id, part), wanted.get(part)];
      await this.world.change((things) => {
        if (action === 'delete' || thing === undefined) delete things[key];
        else things[key] = thing;
      });
      work.say(`${action} ${part}`);
      if (part === spec.stopWorkerAt) await this.stopWorker();
    });
  }

  async observe(): ReturnType<DriverSession['observe']> {
    const own = await this.own();
    const parts = own.map(({ part, state, size, colour }) => ({ part, state, details: { size, colour } }));
    return { parts, values: { things: Object.fromEntries(own.map((thing) => [thing.part, thing])), count: own.length } };
  }

  async engineHealth(part?: string): ReturnType<DriverSession['engineHealth']> {
    const looked = (await this.own()).filter((thing) => part === undefined || thing.part === part);
    const bad = looked.find(({ state }) => state !== 'running');
    if (looked.length === 0) return { state: 'unhealthy', message: 'is not there' };
    if (bad !== undefined) return { state: 'unhealthy', message: `${bad.part} is ${bad.state}` };
    return this.spec.healthy ? { state: 'healthy', message: '' } : { state: 'unhealthy', message: 'as its recipe says' };
  }

  /** Nothing is run: `false` fails, everything else does well where the part runs. */
  async execute(part: string, command: readonly string[]): ReturnType<NonNullable<DriverSession['execute']>> {
    const runs = (await this.own()).some((thing) => thing.part === part && thing.state === 'running');
    return { exitCode: runs && command[0] !== 'false' ? 0 : 1, output: command.join(' ') };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async own(): Promise<Thing[]> {
    return ownOf(await this.world.things(), this.work.resource.id);
  }

  private wanted(): Promise<Thing[]> {
    const { resource, files } = this.work;
    return Promise.all(
      this.spec.things.map(async (thing) => ({
        ...{ resource: resource.id, part: partOf(thing), size: thing.size, colour: thing.colour, data: thing.data, state: 'running' },
        ...(thing.secret === undefined ? {} : { secret: thing.secret instanceof Secret ? thing.secret.fingerprint : thing.secret }),
        ...(thing.file === undefined ? {} : { file: (await files.render(thing.file)).digest }),
      })),
    );
  }

  private async pause(): Promise<void> {
    const { signal } = this.work;
    signal.throwIfAborted();
    if (this.spec.delayMs === 0) return;
    await new Promise<void>((done) => {
      const end = (): void => (cancel(), signal.removeEventListener('abort', end), done());
      const cancel = this.host.clock.setTimer(end, this.spec.delayMs);
      signal.addEventListener('abort', end, { once: true });
    });
    signal.throwIfAborted();
  }

  /** The next attempt finds the mark and goes on. */
  private async stopWorker(): Promise<void> {
    const mark = join(this.work.folder, 'stopped-once');
    if ((await stat(mark).catch(() => undefined)) !== undefined) return;
    await writeFile(mark, '');
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => undefined);
  }
}

/** One part of each resource whose things are not as they were. */
const differing = (before: Things, now: Things): Thing[] => {
  const found = new Map<string, Thing>();
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const thing = now[key] ?? before[key];
    if (thing !== undefined && JSON.stringify(before[key]) !== JSON.stringify(now[key])) found.set(thing.resource, thing);
  }
  return [...found.values()];
};
