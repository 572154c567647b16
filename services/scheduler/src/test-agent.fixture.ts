import { Probe, type ProbeReply } from '@klevr/contracts/command';
import type { ReplyOf, RequestInput } from '@klevr/contracts/contract';
import { newId } from '@klevr/contracts/ids';
import { PrimaryKey, SettingsUpdate, Told, republishHeaders, type Report } from '@klevr/contracts/presence';
import { schedulerAsks } from '@klevr/contracts/scheduler-contracts';
import { inboxes, subjects } from '@klevr/contracts/subjects';
import { createAgentKeys } from '@klevr/messaging/auth/agent-keys';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';

export const hostFacts = {
  ...{ user: 'root', type: 'vm', hostname: 'web-1', addresses: ['10.0.0.1'], os: 'linux', kernel: '6.1', architecture: 'x64' },
  ...{ bootId: 'b', uptimeSeconds: 1, cpu: { count: 2, model: 'm' }, memory: { totalBytes: 1 }, disks: [], capabilities: { bash: '5.2' } },
};

interface Identity {
  readonly agentId: string;
  readonly zoneId: string;
  readonly publicKey: string;
  readonly userJwt: string;
}

/** As little of an agent as an election needs, over a real connection with an agent's permissions. */
export class TestAgent {
  session: string | null = null;
  /** Each epoch that it took up, in order. */
  readonly epochs: number[] = [];
  primary: PrimaryKey | null = null;
  /** What the centre told it unasked, in order. */
  readonly told: Told[] = [];
  readonly settings: unknown[] = [];
  private revision = 0;
  private prepared = 0;
  beating = true;
  answering = true;
  private beat: NodeJS.Timeout | undefined;

  private constructor(
    private readonly identity: Identity,
    private bus: Bus,
    private readonly dial: (waitOnFirstConnect?: boolean) => Promise<Bus>,
  ) {}

  /** With a key pair of its own, unless one is given; `enroll` gets the public half. */
  static async join(
    natsUrl: string,
    enroll: (publicKey: string) => Promise<Omit<Identity, 'publicKey' | 'userJwt'> & { userJwt: string | null }>,
    keys = createAgentKeys(),
  ): Promise<TestAgent> {
    const { agentId, zoneId, userJwt } = await enroll(keys.publicKey);
    if (userJwt === null) throw new Error('the agent waits for approval');
    const credentials = (): string => keys.credsFor(userJwt);
    const dial = (waitOnFirstConnect = true): Promise<Bus> =>
      Bus.connect({ servers: [natsUrl], name: agentId, credentials, owner: { zone: zoneId, agent: agentId }, waitOnFirstConnect });
    const agent = new TestAgent({ agentId, zoneId, userJwt, publicKey: keys.publicKey }, await dial(), dial);
    agent.listen();
    return agent;
  }

  get agentId(): string {
    return this.identity.agentId;
  }

  get zoneId(): string {
    return this.identity.zoneId;
  }

  get publicKey(): string {
    return this.identity.publicKey;
  }

  get jwt(): string {
    return this.identity.userJwt;
  }

  async hello(standing = true, more: Partial<RequestInput<typeof schedulerAsks.hello>> = {}): Promise<ReplyOf<typeof schedulerAsks.hello>> {
    const reply = await this.ask('hello', {
      ...{ session: this.session, journalId: newId('journal'), version: '0.1.0', facts: hostFacts, beaconUrl: null, conn: this.conn },
      ...{ load: { cpu: 0, freeMemoryBytes: 1, runs: 0 }, standing, attempts: [] },
      ...more,
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

  get connected(): boolean {
    return this.bus.connected;
  }

  /** Rejects where the server refuses its credentials. */
  async logIn(): Promise<void> {
    await (await this.dial(false)).close();
  }

  /** A new process of the same agent. */
  async restart(): Promise<void> {
    await this.kill();
    this.session = null;
    this.primary = null;
    this.bus = await this.dial();
    this.listen();
  }

  /** A second machine with the same identity. */
  async clone(): Promise<TestAgent> {
    const twin = new TestAgent(this.identity, await this.dial(), this.dial);
    twin.listen();
    return twin;
  }

  /** As primary of this epoch, about members of the zone. */
  report(epoch: number, agents: Report['agents']): void {
    const report = { session: this.session, epoch, kind: 'change', atMs: Date.now(), agents };
    this.bus.publish(subjects.report.build({ zone: this.zoneId, agent: this.agentId }), 'report', report);
  }

  private listen(): void {
    this.bus.subscribe(subjects.primary.build({ zone: this.zoneId }), (message) => {
      const key = message.bytes.length === 0 ? null : PrimaryKey.parse(message.json());
      this.primary = key;
      this.revision = Number(message.header(republishHeaders.sequence));
      if (key) void this.takeUp(key, this.revision);
    });
    this.bus.subscribe(inboxes.agentTold.build({ zone: this.zoneId, agent: this.agentId }), (message) => {
      this.told.push(Told.parse(message.json()));
    });
    this.bus.subscribe(subjects.settings.build({ zone: this.zoneId }), (message) => {
      this.settings.push(SettingsUpdate.parse(message.json()).settings);
    });
    this.answer(subjects.agentCommand.build({ zone: this.zoneId, agent: this.agentId, verb: 'probe' }));
  }

  private answer(subject: string): void {
    this.bus.subscribe(subject, (message) => {
      const { reply } = message;
      const asked = Probe.safeParse(message.bytes.length === 0 ? {} : message.json()).data?.session;
      if (this.session === null || (asked !== undefined && asked !== this.session)) return;
      const data: ProbeReply = { agentId: this.agentId, session: this.session, epoch: null };
      if (this.answering && reply !== undefined) this.bus.respond(reply, { ok: true, data });
    });
  }

  private async takeUp(key: PrimaryKey, revision: number): Promise<void> {
    if (key.agentId !== this.agentId || key.session !== this.session || key.epoch !== null || !this.answering) return;
    if (this.prepared === revision) return;
    this.prepared = revision;
    this.answer(subjects.zoneCommand.build({ zone: this.zoneId, epoch: revision, verb: 'ping' }));
    // It may be cut off meanwhile, and is not appointed then.
    await this.bus.flush().catch(() => undefined);
    const sign = { session: key.session, epoch: revision, conn: this.conn };
    const { outcome } = await this.ask('ready', sign).catch(() => ({ outcome: 'unavailable' }));
    if (outcome !== 'primary') return;
    this.epochs.push(revision);
    clearInterval(this.beat);
    this.beat = setInterval(() => {
      const report = { session: key.session, epoch: revision, kind: 'beat', atMs: Date.now(), agents: [] };
      if (this.beating) this.bus.publish(subjects.report.build({ zone: this.zoneId, agent: this.agentId }), 'report', report);
    }, 500);
  }
}
