import type { AgentCredentials, AgentKind, Enroll, Enrolled } from '@klevr/contracts/agent';
import { AgentCommandReply, type RunCommand, type SignedCommand } from '@klevr/contracts/command';
import { replyEnvelope } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { FactBatch, type Fact } from '@klevr/contracts/fact';
import { newId } from '@klevr/contracts/ids';
import { Goodbye, Hello, Report, type HelloReply, type PrimaryKey, type Told } from '@klevr/contracts/presence';
import { schedulerAsks } from '@klevr/contracts/scheduler-contracts';
import { inboxes, subjects } from '@klevr/contracts/subjects';
import { agentIssuerOf, issueAgentJwt } from '@klevr/messaging/auth/agent-credentials';
import type { Bus } from '@klevr/messaging/bus';
import type { Incoming } from '@klevr/messaging/message';
import { PrimariesBucket } from '@klevr/messaging/primaries-bucket';
import type { TestBed } from '@klevr/testing/test-bed';
import { runCommandOf, SigningKey } from '../commands/signing.fixture.js';
import { FakeGateway } from './fake-gateway.fixture.js';
import { Waiting } from './waiting.fixture.js';

/**
 * The centre as an agent sees it, on a real NATS with the services' own permissions: it enrols, grants sessions, appoints, signs commands and stores facts in
 * memory. What it answers can be changed by a test.
 */
export type StoredFact = Fact & { readonly journalId: string; readonly lane: string };

export class FakeCentre {
  readonly zoneId = newId('zone');
  readonly facts: StoredFact[] = [];
  readonly batches: number[] = [];
  readonly hellos: Hello[] = [];
  readonly goodbyes: string[] = [];
  readonly goodbyeReasons: string[] = [];
  readonly stamps: number[] = [];
  readonly reports: Report[] = [];
  standingOutcome: 'primary' | 'notPrimary' | 'unavailable' = 'primary';
  sessions = new Map<string, string>();
  verdictsOf: (hello: Hello) => HelloReply['verdicts'] = () => [];
  /** Looked at before a hello is granted. */
  refuseHello: (agentId: string, hello: Hello) => AppError | undefined | Promise<AppError | undefined> = () => undefined;
  primary: HelloReply['primary'] = null;
  storing = true;
  /** What the sign of life of an attempt is answered with; undefined: nothing. */
  aliveAnswer: 'stored' | 'refused' | undefined = 'stored';
  /** Where agents are told to dial; the bed's own server unless said otherwise. */
  natsUrl: string | undefined;
  jwtSeconds = 86_400;
  /** What its join tokens are for. */
  kind: AgentKind = 'agent';
  heartbeatSeconds = 0.5;
  private fakeGateway: FakeGateway | undefined;
  private readonly publicKeys = new Map<string, string>();
  private readonly seen = new Set<string>();
  private readonly waiting = new Waiting();
  private revision = 0;

  private constructor(
    private readonly bed: TestBed,
    private readonly buses: { readonly scheduler: Bus; readonly taskManager: Bus },
    private readonly key: SigningKey,
    readonly bucket: PrimariesBucket,
  ) {}

  static async open(bed: TestBed): Promise<FakeCentre> {
    const [scheduler, taskManager] = [await bed.serviceBus('scheduler'), await bed.serviceBus('task-manager')];
    const bucket = new PrimariesBucket(scheduler);
    await bucket.ensure(1_000);
    const centre = new FakeCentre(bed, { scheduler, taskManager }, await SigningKey.make(), bucket);
    centre.fakeGateway = await FakeGateway.open({
      enrol: (body) => centre.enrol(body),
      credentials: (agentId) => centre.credentialsOf(agentId),
    });
    centre.serve();
    await Promise.all([scheduler.flush(), taskManager.flush()]);
    return centre;
  }

  get taskManager(): Bus {
    return this.buses.taskManager;
  }

  get url(): string {
    return this.gateway.url;
  }

  get gateway(): FakeGateway {
    if (this.fakeGateway === undefined) throw new Error('not open');
    return this.fakeGateway;
  }

  async enrol({ publicKey }: Pick<Enroll, 'publicKey'>): Promise<Enrolled> {
    const agentId = newId('agent');
    this.publicKeys.set(agentId, publicKey);
    return {
      agentId,
      zoneId: this.zoneId,
      zoneName: 'test',
      kind: this.kind,
      ...(await this.credentialsOf(agentId)),
      taskKeys: { keys: [this.key.publicJwk] },
      settings: { heartbeatSeconds: this.heartbeatSeconds },
    };
  }

  async credentialsOf(agentId: string): Promise<AgentCredentials> {
    const expiresAtSeconds = Math.floor(Date.now() / 1000) + this.jwtSeconds;
    const grant = { agentPublicKey: this.publicKeys.get(agentId) ?? '', agentId, zoneId: this.zoneId, kind: this.kind, expiresAtSeconds };
    return {
      userJwt: await issueAgentJwt(agentIssuerOf(this.bed.natsIdentity), grant),
      userJwtExpiresAt: new Date(expiresAtSeconds * 1000).toISOString(),
      natsUrls: [this.natsUrl ?? this.bed.natsUrl],
    };
  }

  tell(agentId: string, told: Told): void {
    this.buses.scheduler.publish(inboxes.agentTold.build({ zone: this.zoneId, agent: agentId }), 'told', told);
  }

  setHeartbeat(heartbeatSeconds: number): void {
    const update = { zoneId: this.zoneId, settings: { heartbeatSeconds } };
    this.buses.scheduler.publish(subjects.settings.build({ zone: this.zoneId }), 'settings', update);
  }

  sign(command: SignedCommand): Promise<string> {
    return this.key.sign(command);
  }

  runCommand(agentId: string, changes: Partial<RunCommand> = {}): RunCommand {
    return runCommandOf({ agentId, zoneId: this.zoneId, session: this.sessions.get(agentId) ?? '' }, changes);
  }

  async send(agentId: string, verb: 'run' | 'cancel', jws: string): Promise<AgentCommandReply> {
    const subject = subjects.agentCommand.build({ zone: this.zoneId, agent: agentId, verb });
    const reply = await this.buses.taskManager.request(
      subject,
      'agent',
      { jws },
      {
        inbox: { to: 'agent', zone: this.zoneId, agent: agentId },
        timeoutMs: 5_000,
      },
    );
    const answer = replyEnvelope(AgentCommandReply).parse(reply.json());
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.data as AgentCommandReply;
  }

  async run(command: RunCommand): Promise<AgentCommandReply> {
    return this.send(command.agentId, 'run', await this.sign(command));
  }

  /** Has the agent run a no-op, so that what it had to tell before has been told. */
  async ran(agentId: string): Promise<RunCommand> {
    const command = this.runCommand(agentId);
    await this.run(command);
    return command;
  }

  /** The next revision of the zone's key, which is the epoch where `epoch` is null. */
  async putKey(key: Pick<PrimaryKey, 'agentId' | 'session' | 'epoch'>): Promise<number> {
    const value = { ...key, stamp: Math.floor(Date.now() / 1000), since: new Date().toISOString(), conn: null };
    const written = await this.bucket.put(this.zoneId, value, this.revision);
    if (written.outcome !== 'written') throw new Error(written.outcome);
    return (this.revision = written.revision);
  }

  async removeKey(): Promise<void> {
    const written = await this.bucket.remove(this.zoneId, this.revision);
    if (written.outcome !== 'written') throw new Error(written.outcome);
    this.revision = written.revision;
  }

  factsOf(runId: string): StoredFact[] {
    return this.facts.filter((fact) => fact.runId === runId);
  }

  /** The run's end, as soon as it was stored. */
  async finished(runId: string, timeoutMs = 15_000): Promise<Extract<Fact, { kind: 'finished' }>> {
    await this.until(`run ${runId} has ended`, () => this.factsOf(runId).some((fact) => fact.kind === 'finished'), timeoutMs);
    const end = this.factsOf(runId).find((fact) => fact.kind === 'finished');
    if (end?.kind !== 'finished') throw new Error('not finished');
    return end;
  }

  /** Waits for a condition on what the agent sent; looked at whenever something came. */
  until(what: string, condition: () => boolean, timeoutMs = 15_000): Promise<void> {
    return this.waiting.until(what, condition, timeoutMs);
  }

  close(): void {
    this.gateway.close();
  }

  private serve(): void {
    const ask = (verb: keyof typeof schedulerAsks, answer: (agentId: string, message: Incoming) => object | Promise<object>): void => {
      this.buses.scheduler.subscribe(subjects.ask.wildcard({ zone: this.zoneId, verb }), async (message) => {
        const agentId = subjects.ask.parse(message.subject)?.agent ?? '';
        const data = await answer(agentId, message);
        const body = data instanceof AppError ? { ok: false, error: data.toBody() } : { ok: true, data };
        if (message.reply !== undefined) this.buses.scheduler.respond(message.reply, body);
        this.waiting.changed();
      });
    };
    ask('hello', (agentId, message) => this.onHello(agentId, Hello.parse(message.json())));
    ask('ready', () => ({ outcome: this.standingOutcome, centreTimeMs: Date.now() }));
    ask('stamp', () => (this.stamps.push(Date.now()), { outcome: this.standingOutcome, centreTimeMs: Date.now() }));
    ask('goodbye', (agentId, message) => {
      this.goodbyes.push(agentId);
      this.goodbyeReasons.push(Goodbye.parse(message.json()).reason);
      return {};
    });
    this.buses.scheduler.subscribe(subjects.report.wildcard({ zone: this.zoneId }), (message) => {
      this.reports.push(Report.parse(message.json()));
      this.waiting.changed();
    });
    this.buses.taskManager.subscribe(subjects.fact.wildcard({ zone: this.zoneId }), (message) => {
      if (!this.storing) return;
      const batch = FactBatch.parse(message.json());
      if (batch.lane === 'events' || batch.lane === 'logs') this.batches.push(batch.facts.length);
      else if (this.aliveAnswer === undefined) return;
      const results = batch.facts.map((fact) => ({ seq: fact.seq, result: this.store(batch, fact as unknown as Fact) }));
      if (message.reply !== undefined) this.buses.taskManager.respond(message.reply, { ok: true, data: { results } });
      this.waiting.changed();
    });
  }

  private async onHello(agentId: string, hello: Hello): Promise<HelloReply | AppError> {
    this.hellos.push(hello);
    const refusal = await this.refuseHello(agentId, hello);
    if (refusal !== undefined) return refusal;
    const session = hello.session ?? newId('session');
    this.sessions.set(agentId, session);
    const verdicts = this.verdictsOf(hello);
    const statement = { agentId, zoneId: this.zoneId, session, challenge: hello.challenge ?? '', epoch: this.primary?.epoch ?? 0 };
    return {
      session,
      zoneName: 'test',
      ...{ settings: { heartbeatSeconds: this.heartbeatSeconds }, centreTimeMs: Date.now(), primary: this.primary, verdicts },
      taskKeys: { keys: [this.key.publicJwk] },
      ...(verdicts === null ? {} : { signed: await this.key.hello(statement, verdicts, await this.key.keys(0)) }),
    };
  }

  private store(batch: FactBatch, fact: Fact): 'stored' | 'duplicate' | 'refused' {
    if (batch.lane === 'alive' && this.aliveAnswer === 'refused') return 'refused';
    const key = `${batch.journalId}/${batch.lane}/${fact.seq}`;
    if (this.seen.has(key)) return 'duplicate';
    this.seen.add(key);
    this.facts.push({ ...fact, journalId: batch.journalId, lane: batch.lane });
    return 'stored';
  }
}
