import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '@klevr/agent-runtime/built-ins/built-in';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { AnsweredOf, AskedOf, ProvisionStep, ProvisionVerb } from '@klevr/contracts/provision';
import { openPretendDriver } from '@klevr/drivers/pretend/pretend-driver';
import { PretendWorld } from '@klevr/drivers/pretend/pretend-world';
import { silentLog } from '@klevr/drivers/work.fixture';
import { SystemClock, type Clock } from '@klevr/platform/clock';
import { pack } from '@klevr/recipes/archive';
import type { AsksCentre } from './centre.js';
import { DriverRegistry } from './driver-registry.js';
import { Engines } from './engines.js';
import { Keeper } from './keeper.js';
import type { OperationHost } from './operation.js';
import { provision } from './provision.js';
import { RecipeCache } from './recipe-cache.js';
import { ResourceJournal } from './resource-journal.js';
import { Workshop } from './workshop.js';

/** A centre in memory: what it answers can be changed by a test. */
export class CentreInMemory implements AsksCentre {
  readonly told: { verb: ProvisionVerb; request: never }[] = [];
  readonly archives = new Map<string, Buffer>();
  answers: { [V in ProvisionVerb]?: (request: AskedOf<V>) => AnsweredOf<V> | Promise<AnsweredOf<V>> } = {};

  async ask<V extends ProvisionVerb>(verb: V, request: AskedOf<V>): Promise<AnsweredOf<V>> {
    this.told.push({ verb, request: request as never });
    const answer = this.answers[verb];
    if (answer !== undefined) return answer(request);
    if (verb === 'files') return this.piece(request as AskedOf<'files'>) as AnsweredOf<V>;
    return { stop: false, known: true } as unknown as AnsweredOf<V>;
  }

  insist<V extends ProvisionVerb>(verb: V, request: AskedOf<V>, signal: AbortSignal): Promise<AnsweredOf<V>> {
    signal.throwIfAborted();
    return this.ask(verb, request);
  }

  of<V extends ProvisionVerb>(verb: V): AskedOf<V>[] {
    return this.told.filter((one) => one.verb === verb).map(({ request }) => request as AskedOf<V>);
  }

  private piece({ digest, offset }: AskedOf<'files'>): AnsweredOf<'files'> {
    const data = this.archives.get(digest);
    if (data === undefined) throw new AppError('NOT_FOUND', 'There is no such recipe');
    return { data: data.subarray(offset, offset + 100).toString('base64'), bytes: data.length };
  }
}

/** All of a worker but its connection, with the pretend driver. */
export class OperationBed {
  readonly centre = new CentreInMemory();
  readonly said: string[] = [];
  readonly world: PretendWorld;
  readonly journal: ResourceJournal;
  readonly recipes: RecipeCache;
  readonly keeper: Keeper;
  readonly workshop: Workshop;
  private readonly drivers: DriverRegistry;
  private readonly host: OperationHost;

  private constructor(
    readonly folder: string,
    clock: Clock,
  ) {
    this.world = new PretendWorld(join(folder, 'world.json'));
    this.journal = ResourceJournal.open(join(folder, 'resources'), silentLog);
    const { centre, journal } = this;
    this.recipes = new RecipeCache({ folder: join(folder, 'recipes'), mostBytes: 4_000, centre, inUse: () => journal.recipesInUse() });
    const environment = { PATH: process.env['PATH'] ?? '' };
    this.drivers = new DriverRegistry({
      ...{
        loaders: { pretend: () => Promise.resolve(openPretendDriver) },
        names: undefined,
        folder: join(folder, 'drivers'),
        log: silentLog,
      },
      host: { clock, log: silentLog, environment, settings: { pretendWorld: this.world.path } },
    });
    const workshop = new Workshop(this.drivers, this.recipes, join(folder, 'work'));
    this.workshop = workshop;
    const nowMs = (): number => clock.nowMs();
    this.host = { workshop, journal, centre, agentId: newId('agent'), zoneName: () => 'test', environment, clock, nowMs };
    this.keeper = new Keeper({ journal, workshop, drivers: this.drivers, centre, environment, clock, nowMs, log: silentLog });
  }

  static async open(clock: Clock = new SystemClock(), folder?: string): Promise<OperationBed> {
    return new OperationBed(folder ?? (await mkdtemp(join(tmpdir(), 'klevr-operation-'))), clock);
  }

  async recipe(spec: string, more = ''): Promise<ProvisionStep['recipe']> {
    const text = `apiVersion: klevr/v1\nname: r\nversion: 1.0.0\ndescription: d\ndriver: pretend\n${more}\nspec:\n${spec}`;
    const { data, digest } = await pack([{ path: 'recipe.yaml', data: Buffer.from(text), executable: false }]);
    this.centre.archives.set(digest, data);
    return { name: 'r', version: '1.0.0', driver: 'pretend', digest, bytes: data.length };
  }

  /** The output of the step; throws what the step does. */
  async run(
    step: ProvisionStep,
    { signal = new AbortController().signal, credentials = {}, attempt = 1 }: Partial<Given> = {},
  ): Promise<unknown> {
    const engines = new Engines({ drivers: this.drivers, onChange: () => undefined, clock: this.host.clock, log: silentLog });
    const command = provision({ host: this.host, engines, keeper: this.keeper, log: silentLog });
    const context: CommandContext = {
      ...{ runId: newId('run'), attempt, taskName: 't', signal, credentials: new Map(Object.entries(credentials)) },
      say: (_, text) => void this.said.push(text),
    };
    return JSON.parse((await command.run(step, context)) ?? 'null');
  }

  async close(): Promise<void> {
    await this.keeper.stop();
    await this.drivers.close();
    await rm(this.folder, { recursive: true });
  }
}

interface Given {
  readonly signal: AbortSignal;
  readonly credentials: Readonly<Record<string, string>>;
  readonly attempt: number;
}
