import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { ReplyOf, RequestInput } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import type { Observation } from '@klevr/contracts/provision';
import type { Operation, Resource } from '@klevr/contracts/resource';
import { streams } from '@klevr/contracts/streams';
import { subjects } from '@klevr/contracts/subjects';
import type { Bus as BusType } from '@klevr/messaging/bus';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { ensureStreams } from '@klevr/messaging/jetstream-setup';
import { StreamFeed, type FeedMessage } from '@klevr/messaging/stream-feed';
import { Log } from '@klevr/platform/log';
import { createLogger } from '@klevr/platform/logger';
import { startService } from '@klevr/platform/run-service';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { FakeTaskManager } from './fake-task-manager.fixture.js';
import { change, FakeWorker, planOf, seen } from './fake-worker.fixture.js';
import { playedCatalogue } from './played-catalogue.fixture.js';
import { provisionerConfig, type ProvisionerConfig } from './provisioner.config.js';
import { SweepService } from './resources/sweep.service.js';
import { provisionerTransport } from './transport.js';

type Rpc = typeof provisionerRpc;
export const actor = { userId: 'usr_test', username: 'tester' };
const patienceMs = 15_000;

/** The code of the error, or `answered`. */
export const code = async (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'answered',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

/** Replicas of the provisioner on real servers, with everybody around them played by the test. */
export class Provisioners {
  readonly replicas: NestFastifyApplication[] = [];
  readonly events: Event[] = [];
  private feed: StreamFeed | undefined;

  private constructor(
    readonly bed: TestBed,
    readonly gateway: BusType,
    readonly scheduler: BusType,
    readonly tasks: FakeTaskManager,
    private readonly config: ProvisionerConfig,
  ) {}

  static async open(replicas = 1): Promise<Provisioners> {
    const bed = await TestBed.open();
    const config = provisionerConfig.parse({
      natsUrl: bed.natsUrl,
      natsCredsFile: await bed.file('provisioner.creds', await bed.serviceCreds('provisioner')),
      databaseUrl: bed.databaseUrl,
      masterKey: `test:${randomBytes(32).toString('base64')}`,
    });
    const [gateway, scheduler, taskManager] = [
      await bed.serviceBus('gateway'),
      await bed.serviceBus('scheduler'),
      await bed.serviceBus('task-manager'),
    ];
    await ensureStreams(scheduler, [streams.events]);
    const made = new Provisioners(bed, gateway, scheduler, new FakeTaskManager(taskManager), config);
    made.follow();
    for (let count = 0; count < replicas; count++) await made.start();
    return made;
  }

  private follow(): void {
    const nothing = (): void => undefined;
    const message = ({ bytes }: FeedMessage): void => void this.events.push(JSON.parse(new TextDecoder().decode(bytes)) as Event);
    const handler = { message, following: nothing, gap: nothing, broken: nothing };
    const subject = subjects.event.wildcard({ topic: 'resource' });
    this.feed = new StreamFeed({ bus: this.gateway, stream: streams.events.name, subject, backlog: 0, handler });
  }

  async start(): Promise<NestFastifyApplication> {
    const app = await startService({
      name: 'provisioner',
      config: this.config,
      module: AppModule.register(this.config, playedCatalogue),
      log: createLogger({ service: `provisioner-${this.replicas.length + 1}`, level: process.env['KLEVR_TEST_LOG_LEVEL'] ?? 'fatal' }),
      strategy: (made) => provisionerTransport(made.get(Bus), made.get(Log)),
    });
    this.replicas.push(app);
    return app;
  }

  /** The first replica's. */
  part<T>(type: Type<T>): T {
    const [first] = this.replicas;
    if (first === undefined) throw new Error('no replica runs');
    return first.get(type);
  }

  get database(): DataSource {
    return this.part(DataSource);
  }

  /** As when a time has come, without waiting for it. */
  sweep(): void {
    for (const app of this.replicas) app.get(SweepService).wake();
  }

  rpc<V extends keyof Rpc>(verb: V, request: RequestInput<Rpc[V]>): Promise<ReplyOf<Rpc[V]>> {
    const bus = verb === 'zoneClosing' ? this.scheduler : this.gateway;
    return call(bus, provisionerRpc[verb], request as never) as Promise<ReplyOf<Rpc[V]>>;
  }

  async worker(zoneId: string): Promise<FakeWorker> {
    const { bus, agentId } = await this.bed.agentBus(zoneId, undefined, 'worker');
    return new FakeWorker(bus, zoneId, agentId);
  }

  create(zoneId: string, more: Partial<RequestInput<Rpc['createResource']>['resource']> = {}, key?: string): Promise<Resource> {
    const idempotency = key === undefined ? {} : { idempotency: { key, scope: 'test', digest: key } };
    const resource = { name: `web-${newId('resource').slice(-6).toLowerCase()}`, zone: zoneId, recipe: { name: 'web' }, ...more };
    return this.rpc('createResource', { actor, zoneId, zoneName: 'zone', resource, ...idempotency });
  }

  apply(id: string, apply: { plan?: string } = {}): Promise<Operation> {
    return this.rpc('applyResource', { actor, id, apply });
  }

  /** Carries an operation out as a worker does, with one change. */
  async carryOut(operationId: string, by: FakeWorker, observation: Observation = seen()): Promise<void> {
    const { runId, attempt } = await this.tasks.give(operationId, by.agentId);
    await this.operation(operationId, 'with its task', ({ taskId }) => taskId !== null);
    const ids = { operationId, runId, attempt };
    await by.ask('progress', { ...ids, seq: 1, plan: planOf(change('thing/web')), steps: [] });
    await by.ask('result', { ...ids, ok: true, message: null, plan: null, observation });
  }

  /** A resource that was applied. */
  async applied(by: FakeWorker, more: Parameters<Provisioners['create']>[1] = {}): Promise<Resource> {
    const created = await this.create(by.zoneId, more);
    await this.carryOut((await this.apply(created.id)).id, by);
    return this.rpc('getResource', { id: created.id });
  }

  async hostEvent(type: Event['type'], zoneId: string, agentId: string): Promise<void> {
    const id = newId('message');
    const event: Event = { id, time: new Date().toISOString(), type, zoneId, subjectId: agentId, data: { cause: 'test' } };
    const subject = subjects.event.build({ topic: 'host', zone: zoneId, id: agentId });
    await new StreamPublisher(this.scheduler).publish({ id, subject, schema: 'event', body: JSON.stringify(event) });
  }

  resource(id: string, what: string, fits: (resource: Resource) => boolean): Promise<Resource> {
    return this.until(`resource ${what}`, () => this.rpc('getResource', { id }), fits);
  }

  operation(id: string, what: string, fits: (operation: Operation) => boolean): Promise<Operation> {
    return this.until(`operation ${what}`, () => this.rpc('getOperation', { id }), fits);
  }

  /** What was told of a resource, once there is such an event. */
  async told(type: Event['type'], resourceId: string, count = 1): Promise<Event[]> {
    return eventually(`${count} × ${type} of ${resourceId}`, patienceMs, () => {
      const found = this.events.filter((event) => event.type === type && event.subjectId === resourceId);
      return found.length >= count ? found : undefined;
    });
  }

  async close(): Promise<void> {
    this.feed?.stop();
    await Promise.all(this.replicas.map((app) => app.close()));
    await this.bed.close();
  }

  private async until<T>(what: string, ask: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
    let last: T | undefined;
    return eventually(what, patienceMs, async () => {
      last = await ask();
      return fits(last) ? last : undefined;
    }).catch((cause: unknown) => {
      throw new Error(`not ${what}: ${JSON.stringify(last)}`, { cause });
    });
  }
}
