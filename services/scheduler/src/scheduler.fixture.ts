import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ReplyOf, RequestInput } from '@klevr/contracts/contract';
import { newId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { accountIssuerOf } from '@klevr/messaging/auth/account-jwt';
import { agentIssuerOf } from '@klevr/messaging/auth/agent-credentials';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { Log } from '@klevr/platform/log';
import { createLogger } from '@klevr/platform/logger';
import { startService } from '@klevr/platform/run-service';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { ViolationsService } from './hosts/violations.service.js';
import { SchedulerConfig } from './scheduler-config.js';
import { schedulerTransport } from './scheduler.transport.js';
import { TestAgent, hostFacts } from './test-agent.fixture.js';

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

  static async open(replicas = 2, options: { redis?: boolean; databaseUrl?: string } = {}): Promise<Schedulers> {
    const bed = await TestBed.open();
    const config = SchedulerConfig.parse({
      natsUrl: bed.natsUrl,
      natsCredsFile: await bed.file('scheduler.creds', await bed.serviceCreds('scheduler')),
      natsSystemCredsFile: await bed.file('system.creds', await bed.systemCreds()),
      natsAccount: bed.natsAccount,
      agentIssuerFile: await bed.file('issuer.json', JSON.stringify(agentIssuerOf(bed.natsIdentity))),
      accountIssuerFile: await bed.file('account-issuer.json', JSON.stringify(accountIssuerOf(bed.natsIdentity))),
      agentNatsUrls: bed.natsUrl,
      masterKey: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      databaseUrl: options.databaseUrl ?? bed.databaseUrl,
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

  /** The scheduler's own tables, for what only an outage or a long life would bring about. */
  get database(): DataSource {
    return this.replica(0).get(DataSource);
  }

  /** What runs inside of a replica, for what no message brings about at a given moment. */
  replica(index: number): NestFastifyApplication {
    const replica = this.replicas[index];
    if (replica === undefined) throw new Error(`there is no replica ${index}`);
    return replica;
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
    const joinToken = await this.joinToken(zone, { labels });
    const agent = await TestAgent.join(this.bed.natsUrl, (publicKey) =>
      this.rpc('enroll', { enroll: { joinToken, publicKey, host: hostFacts, version: '0.1.0' } }),
    );
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

/** As an operator does. The API's own subject, as no library of ours deletes streams. */
export const deleteStream = async (schedulers: Schedulers, stream: string): Promise<void> => {
  const bus = await schedulers.bed.serviceBus('scheduler');
  const answer = await bus.request(`$JS.API.STREAM.DELETE.${stream}`, 'delete', {}, { inbox: { to: 'service' }, timeoutMs: 2_000 });
  const { success } = answer.json() as { success?: boolean };
  if (success !== true) throw new Error(`the stream ${stream} was not deleted`);
};
