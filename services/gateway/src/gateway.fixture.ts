import type { ReplyOf, RequestContract, RequestOf } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Event, LogChunk } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { streams } from '@klevr/contracts/streams';
import { subjects } from '@klevr/contracts/subjects';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import type { Bus } from '@klevr/messaging/bus';
import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { ensureStreams } from '@klevr/messaging/jetstream-setup';
import { currentTraceId } from '@klevr/messaging/trace';
import { createLogger } from '@klevr/platform/logger';
import { portOf, startService } from '@klevr/platform/run-service';
import { TestBed } from '@klevr/testing/test-bed';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import { AppModule } from './app.module.js';
import { newAuditKey } from './audit/audit-keys.js';
import type { EventLimits } from './events/event-limits.js';
import { GatewayConfig } from './gateway.config.js';
import { createHttpAdapter } from './http/http.adapter.js';
import { configureHttp } from './http/http.setup.js';
import { engineSamples } from './engine-samples.fixture.js';
import { provisionerSamples } from './provisioner-samples.fixture.js';
import * as samples from './samples.fixture.js';

export const adminPassword = 'a password for tests';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

/**
 * The gateway as it runs, on real NATS and MariaDB, with stand-ins for the services behind it: they answer each contract with a sample, and note
 * what reaches them and does not match its schema.
 */
export class GatewayBed {
  readonly asked: { name: string; request: unknown; traceId: string | undefined }[] = [];
  readonly violations: string[] = [];
  readonly logLines: string[] = [];
  readonly auditKey = newAuditKey();
  token = '';
  private scheduler: Bus | undefined;
  private taskManager: Bus | undefined;
  provisioner: Bus | undefined;
  private readonly answers = new Map<string, (request: never) => unknown>();
  private readonly apps: NestFastifyApplication[] = [];

  private constructor(readonly bed: TestBed) {}

  static async open(): Promise<GatewayBed> {
    const gateway = new GatewayBed(await TestBed.open());
    gateway.scheduler = await gateway.bed.serviceBus('scheduler');
    gateway.taskManager = await gateway.bed.serviceBus('task-manager');
    gateway.provisioner = await gateway.bed.serviceBus('provisioner');
    await ensureStreams(gateway.taskManager, [streams.events, streams.logs]);
    await gateway.standIn(gateway.scheduler, Object.values(schedulerRpc));
    await gateway.standIn(gateway.taskManager, Object.values(taskManagerRpc));
    await gateway.standIn(gateway.provisioner, Object.values(provisionerRpc));
    gateway.answerWithSamples();
    return gateway;
  }

  /** Starts a replica; the first one's port is where `send` goes. */
  async start(changes: Partial<z.input<typeof GatewayConfig>> = {}, eventLimits?: EventLimits): Promise<NestFastifyApplication> {
    const config = GatewayConfig.parse({
      natsUrl: this.bed.natsUrl,
      natsCredsFile: await this.bed.file('gateway.creds', await this.bed.serviceCreds('gateway')),
      databaseUrl: this.bed.databaseUrl,
      auditKey: this.auditKey,
      // Tests ask as fast as they can, and all from one address.
      rateLimitPerSecond: 0,
      publicRateLimitPerMinute: 0,
      ...changes,
    });
    const log = createLogger({ service: 'gateway', destination: { write: (line: string) => void this.logLines.push(line) } });
    const withAdmin = { ...config, adminPassword: config.adminPassword ?? adminPassword };
    const app = await startService({
      name: 'gateway',
      config,
      module: AppModule.register(withAdmin, eventLimits),
      adapter: createHttpAdapter(config),
      configure: configureHttp,
      log,
    });
    this.apps.push(app);
    return app;
  }

  get origin(): string {
    return this.originOf(0);
  }

  originOf(replica: number): string {
    const app = this.apps[replica];
    if (app === undefined) throw new Error(`replica ${replica} is not started`);
    return `http://127.0.0.1:${portOf(app)}`;
  }

  async signIn(replica = 0): Promise<string> {
    const body = { username: 'admin', password: adminPassword };
    const answer = await this.send('POST', '/api/v1/sessions', { body, replica, token: '' });
    this.token = (answer.json as { token: string }).token;
    return this.token;
  }

  async send(
    method: string,
    path: string,
    options: { body?: unknown; text?: string | Uint8Array; headers?: Record<string, string>; token?: string; replica?: number } = {},
  ): Promise<Answer> {
    const token = options.token ?? this.token;
    const payload = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const answer = await fetch(`${this.originOf(options.replica ?? 0)}${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      json: isJson && text !== '' ? (JSON.parse(text) as unknown) : undefined,
    };
  }

  /** From now on this contract is answered so; what it throws goes back as an error. */
  answer<C extends RequestContract>(contract: C, reply: (request: RequestOf<C>) => ReplyOf<C>): void {
    this.answers.set(contract.name, reply);
  }

  /** As the outbox of its service does; resolves when NATS has stored it. */
  async publish(event: Partial<Event> = {}): Promise<Event> {
    const whole: Event = { ...samples.event, id: newId('message'), ...event };
    const [topic = ''] = whole.type.split('.');
    const subject = subjects.event.build({ topic, zone: whole.zoneId, id: whole.subjectId });
    const publishers: Record<string, Bus | undefined> = { task: this.taskManager, run: this.taskManager, resource: this.provisioner };
    const bus = publishers[topic] ?? this.scheduler;
    if (bus === undefined) throw new Error('the bed is not open');
    await new StreamPublisher(bus).publish({ id: whole.id, subject, schema: 'event', body: JSON.stringify(whole) });
    return whole;
  }

  /** As the task-manager offers output that it has just stored. */
  offer(chunk: LogChunk): void {
    if (this.taskManager === undefined) throw new Error('the bed is not open');
    const subject = subjects.log.build({ zone: samples.ids.zone, run: chunk.runId });
    new StreamPublisher(this.taskManager).offer({ id: newId('message'), subject, schema: 'log', body: JSON.stringify(chunk) });
  }

  /** Lets the stream of events keep so much; what is beyond it is dropped now. */
  async limitEvents(maxBytes: number = streams.events.maxBytes): Promise<void> {
    if (this.scheduler !== undefined) await ensureStreams(this.scheduler, [{ ...streams.events, maxBytes }]);
  }

  askedFor(contract: RequestContract): { request: unknown; traceId: string | undefined } | undefined {
    return this.asked.findLast((one) => one.name === contract.name);
  }

  timesAsked(contract: RequestContract, request: Record<string, unknown>): number {
    const matches = (asked: unknown): boolean =>
      Object.entries(request).every(([name, value]) => (asked as Record<string, unknown>)[name] === value);
    return this.asked.filter((one) => one.name === contract.name && matches(one.request)).length;
  }

  /** Stops one replica as a signal would. */
  async stop(replica: number): Promise<void> {
    await this.apps[replica]?.close();
  }

  async close(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
    await this.bed.close();
  }

  private async standIn(bus: Bus, contracts: readonly RequestContract[]): Promise<void> {
    for (const contract of contracts) {
      bus.subscribe(contract.subscription, (message) => {
        const request = message.json();
        this.asked.push({ name: contract.name, request, traceId: currentTraceId() });
        const checked = contract.request.safeParse(request);
        if (!checked.success) this.violations.push(`${contract.name}: ${checked.error.message}`);
        bus.respond(message.reply ?? '', this.replyOf(contract, checked.data as never));
      });
    }
    await bus.flush();
  }

  private replyOf(contract: RequestContract, request: never): unknown {
    try {
      const reply = this.answers.get(contract.name);
      if (reply === undefined) throw new AppError('NOT_FOUND', 'there is no such thing');
      return { ok: true, data: reply(request) };
    } catch (error) {
      return { ok: false, error: (error instanceof AppError ? error : new AppError('INTERNAL', String(error))).toBody() };
    }
  }

  private answerWithSamples(): void {
    const page = <T>(item: T): { items: T[]; nextCursor: string | null } => ({ items: [item], nextCursor: 'next' });
    this.answer(schedulerRpc.createZone, ({ zone }) => ({ ...samples.zone, ...zone }));
    this.answer(schedulerRpc.listZones, () => page(samples.zone));
    this.answer(schedulerRpc.getZone, () => samples.zone);
    this.answer(schedulerRpc.updateZone, ({ changes: { platform } }) => ({
      ...samples.zone,
      ...(platform ? { platform } : {}),
      revision: 2,
    }));
    this.answer(schedulerRpc.deleteZone, () => ({}));
    this.answer(schedulerRpc.createJoinToken, () => samples.joinToken);
    this.answer(schedulerRpc.listJoinTokens, () => page(samples.joinToken));
    this.answer(schedulerRpc.revokeJoinToken, () => ({}));
    this.answer(schedulerRpc.enroll, () => samples.enrolled);
    this.answer(schedulerRpc.listAgents, () => page(samples.agent));
    this.answer(schedulerRpc.getAgent, () => samples.agent);
    this.answer(schedulerRpc.updateAgent, ({ changes }) => ({ ...samples.agent, labels: changes.labels ?? {}, revision: 2 }));
    this.answer(schedulerRpc.approveAgent, () => samples.agent);
    this.answer(schedulerRpc.drainAgent, () => samples.agent);
    this.answer(schedulerRpc.undrainAgent, () => samples.agent);
    this.answer(schedulerRpc.deleteAgent, () => ({}));
    this.answer(schedulerRpc.agentCredentials, () => samples.credentials);
    this.answer(schedulerRpc.getPrimary, () => samples.primary);
    this.answer(schedulerRpc.listTerms, () => page(samples.term));
    this.answer(schedulerRpc.handOver, () => samples.primary);
    this.answer(taskManagerRpc.createTask, ({ task, actor }) => ({
      ...samples.task,
      name: task.name,
      parameters: task.parameters,
      createdBy: actor.username,
    }));
    this.answer(taskManagerRpc.listTasks, () => page(samples.task));
    this.answer(taskManagerRpc.getTask, () => samples.task);
    this.answer(taskManagerRpc.cancelTask, () => samples.task);
    this.answer(taskManagerRpc.listRuns, () => page(samples.run));
    this.answer(taskManagerRpc.getRun, () => samples.run);
    for (const [contract, reply] of [...engineSamples, ...provisionerSamples]) this.answers.set(contract.name, reply);
  }
}
