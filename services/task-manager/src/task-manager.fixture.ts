import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { ReplyOf, RequestInput } from '@klevr/contracts/contract';
import { agentStatuses } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import type { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import type { PrimaryKey } from '@klevr/contracts/presence';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { subjects } from '@klevr/contracts/subjects';
import type { CreateTask, Run, RunStatus, Task } from '@klevr/contracts/task';
import { ZoneSettings, type Zone } from '@klevr/contracts/zone';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus, type Subscription } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { PrimariesBucket } from '@klevr/messaging/primaries-bucket';
import { Log } from '@klevr/platform/log';
import { createLogger } from '@klevr/platform/logger';
import { startService } from '@klevr/platform/run-service';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { HookSecrets } from './credentials/hook-secrets.js';
import { FakeAgent } from './fake-agent.fixture.js';
import { taskManagerConfig, type TaskManagerConfig } from './task-manager.config.js';
import { taskManagerTransport } from './transport.js';

type Rpc = typeof taskManagerRpc;
type Resolution = ReplyOf<typeof schedulerRpc.resolveTarget>;
export type TaskInput = RequestInput<Rpc['createTask']>['task'];

const actor = { userId: 'usr_test', username: 'tester' };
const patienceMs = 10_000;

/** Task-manager replicas of one test file on real servers, and the sides of the gateway and the scheduler, played by the test. */
export class TaskManagers {
  readonly replicas: NestFastifyApplication[] = [];
  /** What the played scheduler answers; throws to refuse. */
  resolve: (zone: string, target: CreateTask['target'], avoid?: string[]) => Resolution = () => {
    throw new AppError('UNAVAILABLE', 'not played');
  };
  /** What it knows of the loads of hosts. */
  readonly loads = new Map<string, number>();
  readonly lost = new Set<string>();
  /** What the played scheduler knows of zones, by the reference asked for. */
  readonly zones = new Map<string, string>();
  private answering: Subscription[] = [];

  private constructor(
    readonly bed: TestBed,
    readonly gateway: Bus,
    readonly scheduler: Bus,
    readonly bucket: PrimariesBucket,
    private readonly config: TaskManagerConfig,
  ) {}

  static async open(replicas = 1): Promise<TaskManagers> {
    const bed = await TestBed.open();
    const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const jwk: JWK = { ...(await exportJWK(privateKey)), kid: 'test-key' };
    const config = taskManagerConfig.parse({
      natsUrl: bed.natsUrl,
      natsCredsFile: await bed.file('task-manager.creds', await bed.serviceCreds('task-manager')),
      databaseUrl: bed.databaseUrl,
      taskKey: JSON.stringify(jwk),
      masterKey: `test:${randomBytes(32).toString('base64')}`,
      callbackAllowPrivate: 'true',
    });
    const [gateway, scheduler] = [await bed.serviceBus('gateway'), await bed.serviceBus('scheduler')];
    const bucket = new PrimariesBucket(scheduler);
    await bucket.ensure(1);
    const made = new TaskManagers(bed, gateway, scheduler, bucket, config);
    made.playScheduler();
    for (let count = 0; count < replicas; count++) await made.start();
    return made;
  }

  /** With other settings, or a log that the test reads. */
  async start(more: { config?: Partial<TaskManagerConfig>; log?: ReturnType<typeof createLogger> } = {}): Promise<NestFastifyApplication> {
    const config = { ...this.config, ...more.config };
    const app = await startService({
      name: 'task-manager',
      config,
      module: AppModule.register(config),
      log:
        more.log ??
        createLogger({ service: `task-manager-${this.replicas.length + 1}`, level: process.env['KLEVR_TEST_LOG_LEVEL'] ?? 'fatal' }),
      strategy: (made) => taskManagerTransport(made.get(Bus), made.get(Log)),
    });
    this.replicas.push(app);
    return app;
  }

  get database(): DataSource {
    const [first] = this.replicas;
    if (first === undefined) throw new Error('no replica runs');
    return first.get(DataSource);
  }

  get secrets(): HookSecrets {
    const [first] = this.replicas;
    if (first === undefined) throw new Error('no replica runs');
    return first.get(HookSecrets);
  }

  playScheduler(): void {
    this.play(schedulerRpc.resolveTarget.subscription, ({ zone, target, avoid }: RequestInput<typeof schedulerRpc.resolveTarget>) =>
      this.resolve(zone, target as CreateTask['target'], avoid),
    );
    const health = (agentId: string): object => {
      return { agentId, status: this.lost.has(agentId) ? 'lost' : 'online', cpuLoad: this.loads.get(agentId) ?? null };
    };
    this.play(schedulerRpc.hostHealth.subscription, ({ agentIds }: { agentIds: string[] }) => ({ hosts: agentIds.map(health) }));
    this.play(schedulerRpc.getZone.subscription, ({ zone }: { zone: string }) => {
      const id = this.zones.get(zone);
      if (id === undefined) throw new AppError('NOT_FOUND', 'There is no such zone');
      return zoneOf(id, zone);
    });
  }

  private play<T>(subject: string, answer: (request: T) => unknown): void {
    const subscription = this.scheduler.subscribe(subject, (message) => {
      const respond = (body: unknown): boolean => this.scheduler.respond(message.reply ?? '', body);
      try {
        respond({ ok: true, data: answer(message.json() as T) });
      } catch (error) {
        respond({ ok: false, error: error instanceof AppError ? error.toBody() : { code: 'INTERNAL', message: String(error) } });
      }
    });
    this.answering.push(subscription);
  }

  silenceScheduler(): void {
    for (const subscription of this.answering) subscription.unsubscribe();
    this.answering = [];
  }

  rpc<V extends keyof Rpc>(verb: V, request: RequestInput<Rpc[V]>): Promise<ReplyOf<Rpc[V]>> {
    const bus = verb === 'agentHello' ? this.scheduler : this.gateway;
    return call(bus, taskManagerRpc[verb], request as never) as Promise<ReplyOf<Rpc[V]>>;
  }

  create(task: TaskInput, idempotency?: { key: string; scope: string; digest: string }): Promise<Task> {
    return this.rpc('createTask', { actor, task, ...(idempotency ? { idempotency } : {}) });
  }

  /** A Noop for one agent, unless said otherwise. */
  noop(zone: string, target: TaskInput['target'], more: Partial<TaskInput> = {}): Promise<Task> {
    return this.create({ name: 'noop', zone, target, steps: [{ name: 'only', use: 'Noop' }], ...more });
  }

  cancel(id: string): Promise<Task> {
    return this.rpc('cancelTask', { actor, id });
  }

  /** An agent in this zone that has said hello. */
  async agent(
    zoneId = newId('zone'),
    options: { silent?: boolean; maxConcurrentRuns?: number; maxConcurrentRunsPerAgent?: number } = {},
  ): Promise<FakeAgent> {
    const { bus, agentId } = await this.bed.agentBus(zoneId);
    const agent = new FakeAgent(bus, zoneId, agentId, (request) => this.rpc('agentHello', request));
    await agent.listen(options);
    const { maxConcurrentRunsPerAgent } = options;
    await agent.hello(options.maxConcurrentRuns, [], maxConcurrentRunsPerAgent === undefined ? {} : { maxConcurrentRunsPerAgent });
    return agent;
  }

  /** Appoints the agent and makes it ready, as the scheduler does. Answers the epoch. */
  async appoint(agent: FakeAgent): Promise<number> {
    const before = await this.bucket.read(agent.zoneId);
    const revision = 'revision' in before ? before.revision : 0;
    const key: PrimaryKey = {
      agentId: agent.agentId,
      session: agent.session,
      epoch: null,
      stamp: 0,
      since: new Date().toISOString(),
      conn: null,
    };
    const appointed = await this.bucket.put(agent.zoneId, key, revision);
    if (appointed.outcome !== 'written') throw new Error(`not appointed: ${appointed.outcome}`);
    const epoch = appointed.revision;
    await agent.lead(epoch);
    const ready = await this.bucket.put(agent.zoneId, { ...key, epoch }, epoch);
    if (ready.outcome !== 'written') throw new Error(`not made ready: ${ready.outcome}`);
    return epoch;
  }

  async hostEvent(type: Event['type'], agent: { zoneId: string; agentId: string }, cause?: string, more: object = {}): Promise<void> {
    const id = newId('message');
    const { zoneId, agentId } = agent;
    const event: Event = {
      id,
      time: new Date().toISOString(),
      type,
      zoneId,
      subjectId: agentId,
      data: { ...(cause === undefined ? {} : { cause }), ...more },
    };
    const subject = subjects.event.build({ topic: 'host', zone: zoneId, id: agentId });
    await new StreamPublisher(this.scheduler).publish({ id, subject, schema: 'event', body: JSON.stringify(event) });
  }

  async runs(taskId: string): Promise<Run[]> {
    return (await this.rpc('listRuns', { taskId, limit: 200 })).items;
  }

  async onlyRun(taskId: string): Promise<Run> {
    const [run] = await this.runs(taskId);
    if (run === undefined) throw new Error('the task has no run');
    return run;
  }

  /** Waits until the task's only run fits. */
  run(taskId: string, what: string, fits: (run: Run) => boolean, withinMs = patienceMs): Promise<Run> {
    let last: Run | undefined;
    return eventually(`run ${what}`, withinMs, async () => {
      last = await this.onlyRun(taskId);
      return fits(last) ? last : undefined;
    }).catch((cause: unknown) => {
      throw new Error(`the run is not ${what}: ${JSON.stringify(last)}`, { cause });
    });
  }

  runWithStatus(taskId: string, status: RunStatus, withinMs = patienceMs): Promise<Run> {
    return this.run(taskId, status, (run) => run.status === status, withinMs);
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map((app) => app.close()));
    await this.bed.close();
  }
}

const zoneOf = (id: string, ref: string): Zone => ({
  ...{ id, name: ref.startsWith('zone_') ? 'named' : ref, platform: 'vm', environment: 'test', labels: {}, primary: null, headless: null },
  ...{
    agents: Object.fromEntries(agentStatuses.map((status) => [status, 0])) as Zone['agents'],
    revision: 1,
    createdAt: new Date(0).toISOString(),
    settings: ZoneSettings.parse({}),
  },
});
