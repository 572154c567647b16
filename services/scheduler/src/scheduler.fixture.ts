import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ProbeReply } from '@klevr/contracts/command';
import type { ReplyOf, RequestInput } from '@klevr/contracts/contract';
import { newId } from '@klevr/contracts/ids';
import { PrimaryKey, republishHeaders } from '@klevr/contracts/presence';
import { schedulerAsks, schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { subjects } from '@klevr/contracts/subjects';
import { agentIssuerOf } from '@klevr/messaging/auth/agent-credentials';
import { createAgentKeys } from '@klevr/messaging/auth/agent-keys';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { Log } from '@klevr/platform/log';
import { createLogger } from '@klevr/platform/logger';
import { startService } from '@klevr/platform/run-service';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import { AppModule } from './app.module.js';
import { ViolationsService } from './hosts/violations.service.js';
import { SchedulerConfig } from './scheduler-config.js';
import { schedulerTransport } from './scheduler.transport.js';

type Rpc = typeof schedulerRpc;
export const actor = { userId: 'usr_test', username: 'test' };

/** Scheduler replicas of one test file, on real servers, and the gateway's side of their contracts. */
export class Schedulers {
  private readonly replicas: NestFastifyApplication[] = [];
  private readonly agents: TestAgent[] = [];

  private constructor(
    readonly bed: TestBed,
    readonly gateway: Bus,
    readonly config: SchedulerConfig,
  ) {}

  static async open(replicas = 2, options: { redis?: boolean } = {}): Promise<Schedulers> {
    const bed = await TestBed.open();
    const config = SchedulerConfig.parse({
      natsUrl: bed.natsUrl,
      natsCredsFile: await bed.file('scheduler.creds', await bed.serviceCreds('scheduler')),
      natsSystemCredsFile: await bed.file('system.creds', await bed.systemCreds()),
      natsAccount: bed.natsAccount,
      agentIssuerFile: await bed.file('issuer.json', JSON.stringify(agentIssuerOf(bed.natsIdentity))),
      agentNatsUrls: bed.natsUrl,
      databaseUrl: bed.databaseUrl,
      ...(options.redis === false ? {} : { redisUrl: bed.redisUrl }),
    });
    const schedulers = new Schedulers(bed, await bed.serviceBus('gateway'), config);
    for (let count = 0; count < replicas; count++) await schedulers.start();
    return schedulers;
  }

  async start(): Promise<NestFastifyApplication> {
    const level = process.env['KLEVR_TEST_LOG_LEVEL'] ?? 'fatal';
    const app = await startService({
      name: 'scheduler',
      config: this.config,
      module: AppModule.register(this.config),
      log: createLogger({ service: `scheduler-${this.replicas.length + 1}`, level }),
      strategy: (made) =>
        schedulerTransport(made.get(Bus), made.get(Log), (violation) => void made.get(ViolationsService).report(violation)),
    });
    this.replicas.push(app);
    return app;
  }

  rpc<V extends keyof Rpc>(verb: V, request: RequestInput<Rpc[V]>): Promise<ReplyOf<Rpc[V]>> {
    return call(this.gateway, schedulerRpc[verb], request as never) as Promise<ReplyOf<Rpc[V]>>;
  }

  async zone(settings: object = {}): Promise<string> {
    const name = `z${newId('zone').slice(-12).toLowerCase()}`;
    return (await this.rpc('createZone', { actor, zone: { name, settings } })).id;
  }

  async joinToken(zone: string, joinToken: object = {}): Promise<string> {
    return (await this.rpc('createJoinToken', { actor, zone, joinToken })).token;
  }

  async agent(zone: string, labels: Record<string, string> = {}): Promise<TestAgent> {
    const agent = await TestAgent.enrol(this, zone, labels);
    this.agents.push(agent);
    return agent;
  }

  async primary(
    zone: string,
    wanted: (agentId: string | undefined, epoch: number) => boolean,
  ): Promise<{ agentId: string; epoch: number }> {
    return eventually('the wanted primary', 10_000, async () => {
      const found = await this.rpc('getPrimary', { zone });
      return found !== null && wanted(found.agentId, found.epoch) ? found : undefined;
    });
  }

  async close(): Promise<void> {
    for (const agent of this.agents) await agent.kill();
    for (const replica of this.replicas) await replica.close();
    await this.bed.close();
  }
}

export const hostFacts = {
  ...{ user: 'root', type: 'vm', hostname: 'web-1', addresses: ['10.0.0.1'], os: 'linux', kernel: '6.1', architecture: 'x64' },
  ...{ bootId: 'b', uptimeSeconds: 1, cpu: { count: 2, model: 'm' }, memory: { totalBytes: 1 }, disks: [], capabilities: { bash: '5.2' } },
};

/** As little of an agent as an election needs, over a real connection with an agent's permissions. */
export class TestAgent {
  session: string | null = null;
  /** Each epoch that it took up, in order. */
  readonly epochs: number[] = [];
  primary: PrimaryKey | null = null;
  private revision = 0;
  beating = true;
  answering = true;
  private beat: NodeJS.Timeout | undefined;

  private constructor(
    readonly agentId: string,
    readonly zoneId: string,
    readonly publicKey: string,
    readonly jwt: string,
    private bus: Bus,
    private readonly dial: () => Promise<Bus>,
  ) {}

  static async enrol(schedulers: Schedulers, zone: string, labels: Record<string, string>): Promise<TestAgent> {
    const keys = createAgentKeys();
    const joinToken = await schedulers.joinToken(zone, { labels });
    const enrolled = await schedulers.rpc('enroll', {
      enroll: { joinToken, publicKey: keys.publicKey, host: hostFacts, version: '0.1.0' },
    });
    const { agentId, zoneId, userJwt } = enrolled;
    const dial = (): Promise<Bus> =>
      Bus.connect({
        servers: [schedulers.bed.natsUrl],
        name: agentId,
        credentials: () => keys.credsFor(userJwt),
        owner: { zone: zoneId, agent: agentId },
      });
    const agent = new TestAgent(agentId, zoneId, keys.publicKey, userJwt, await dial(), dial);
    agent.listen();
    return agent;
  }

  async hello(standing = true): Promise<ReplyOf<typeof schedulerAsks.hello>> {
    const reply = await this.ask('hello', {
      ...{ session: this.session, journalId: newId('journal'), version: '0.1.0', facts: hostFacts, beaconUrl: null, conn: this.conn },
      ...{ load: { cpu: 0, freeMemoryBytes: 1, runs: 0 }, standing, attempts: [] },
    });
    this.session = reply.session;
    if (this.primary) void this.takeUp(this.primary, this.revision);
    return reply;
  }

  ask<V extends keyof typeof schedulerAsks>(
    verb: V,
    request: RequestInput<(typeof schedulerAsks)[V]>,
  ): Promise<ReplyOf<(typeof schedulerAsks)[V]>> {
    const subject = subjects.ask.build({ zone: this.zoneId, agent: this.agentId, verb });
    const contract = schedulerAsks[verb];
    return call(this.bus, contract, request as never, { subject, inbox: { to: 'centre' } }) as Promise<ReplyOf<(typeof schedulerAsks)[V]>>;
  }

  get conn(): { serverId: string; clientId: number } {
    return this.bus.connectionId ?? { serverId: 'none', clientId: 0 };
  }

  /** Its process ends: the connection is cut, nothing is said. */
  async kill(): Promise<void> {
    clearInterval(this.beat);
    await this.bus.close();
  }

  /** A new process of the same agent. */
  async restart(): Promise<void> {
    await this.kill();
    this.session = null;
    this.primary = null;
    this.bus = await this.dial();
    this.listen();
  }

  private listen(): void {
    this.bus.subscribe(subjects.primary.build({ zone: this.zoneId }), (message) => {
      const key = message.bytes.length === 0 ? null : PrimaryKey.parse(message.json());
      this.primary = key;
      this.revision = Number(message.header(republishHeaders.sequence));
      if (key) void this.takeUp(key, this.revision);
    });
    this.answer(subjects.agentCommand.build({ zone: this.zoneId, agent: this.agentId, verb: 'probe' }));
  }

  private answer(subject: string): void {
    this.bus.subscribe(subject, ({ reply }) => {
      const data: ProbeReply = { agentId: this.agentId, session: this.session, epoch: null };
      if (this.answering && reply !== undefined) this.bus.respond(reply, { ok: true, data });
    });
  }

  private async takeUp(key: PrimaryKey, revision: number): Promise<void> {
    if (key.agentId !== this.agentId || key.session !== this.session || key.epoch !== null || !this.answering) return;
    if (this.epochs.includes(revision)) return;
    this.epochs.push(revision);
    this.answer(subjects.zoneCommand.build({ zone: this.zoneId, epoch: revision, verb: 'ping' }));
    await this.bus.flush();
    const sign = { session: key.session, epoch: revision, conn: this.conn };
    const { outcome } = await this.ask('ready', sign).catch(() => ({ outcome: 'unavailable' }));
    if (outcome !== 'primary') return;
    clearInterval(this.beat);
    this.beat = setInterval(() => {
      const report = { session: key.session, epoch: revision, kind: 'beat', atMs: Date.now(), agents: [] };
      if (this.beating) this.bus.publish(subjects.report.build({ zone: this.zoneId, agent: this.agentId }), 'report', report);
    }, 500);
  }
}

/** As an operator does. The API's own subject, as no library of ours deletes streams. */
export const deleteStream = async (schedulers: Schedulers, stream: string): Promise<void> => {
  const bus = await schedulers.bed.serviceBus('scheduler');
  const answer = await bus.request(`$JS.API.STREAM.DELETE.${stream}`, 'delete', {}, { inbox: { to: 'service' }, timeoutMs: 2_000 });
  const { success } = answer.json() as { success?: boolean };
  if (success !== true) throw new Error(`the stream ${stream} was not deleted`);
};
