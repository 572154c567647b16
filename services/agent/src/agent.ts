import type { HostFacts } from '@klevr/contracts/agent';
import type { HelloReply, Told } from '@klevr/contracts/presence';
import type { BusStatus, Subscription } from '@klevr/messaging/bus';
import { isLoginRefused } from '@klevr/messaging/bus-errors';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { openBeacon, type Beacon } from './beacon/beacon.js';
import type { BeaconState } from './beacon/beacon-view.js';
import { serveAgentSubject } from './commands/agent-subject.js';
import type { CommandDesk } from './commands/command-desk.js';
import { commandVerifier } from './commands/command-verifier.js';
import { workOf } from './commands/work.js';
import type { AgentConfig } from './config.js';
import { CentreClock } from './centre-clock.js';
import { FactLanes } from './facts/fact-lanes.js';
import { Heartbeats } from './heartbeats.js';
import { hearCentre } from './hear-centre.js';
import { FactsWatch } from './host/facts-watch.js';
import { collectHostFacts } from './host/host-facts.js';
import { currentLoad } from './host/load.js';
import type { Identity, IdentityChanges } from './identity/identity.js';
import { JwtRenewal, timesOf } from './identity/jwt-renewal.js';
import type { LoginRescue } from './identity/login-rescue.js';
import type { AgentLink } from './link.js';
import { Delivery } from './primary/delivery.js';
import { keyOfHello, type KeyView } from './primary/key-watch.js';
import { PrimaryDuty } from './primary/primary-duty.js';
import type { Runs } from './run/runs.js';
import { Session } from './session/session.js';
import { helloRequest } from './session/hello-request.js';
import { applyVerdicts } from './session/verdicts.js';
import type { Storage } from './storage.js';
import { agentVersion } from './version.js';

/**
 * The agent as a whole: puts the parts together and passes on between them what each is told. It decides nothing itself.
 */
export interface AgentOptions {
  readonly config: AgentConfig;
  readonly identity: Identity;
  readonly storage: Storage;
  readonly link: AgentLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly rescue: Pick<LoginRescue, 'letIn' | 'refused' | 'stop'>;
  /** The centre has removed this agent: it is to be stopped and forgotten. */
  readonly onRemoved: (reason: string) => void;
}

const tidyMs = 30_000;
const runGraceMs = 1_000;
const goodbyeTimeoutMs = 1_500;
const flushTimeoutMs = 3_000;

export class Agent {
  private readonly centre: CentreClock;
  private readonly session: Session;
  private readonly duty: PrimaryDuty;
  private readonly runs: Runs;
  private readonly desk: CommandDesk;
  private readonly facts: FactLanes;
  private readonly heartbeats: Heartbeats;
  private readonly renewal: JwtRenewal;
  private readonly factsWatch: FactsWatch;
  private verify: ReturnType<typeof commandVerifier>;
  private beacon: Beacon | undefined;
  private subscriptions: Subscription[] = [];
  private cancelTidy: () => void = () => undefined;
  private stopping: Promise<void> | undefined;

  private constructor(private readonly options: AgentOptions) {
    const { config, identity, storage, link, clock, log } = options;
    const nowMs = (): number => this.centre.nowMs();
    const session = (): string | null => this.session.id;
    const path = config.scriptEnvironment['PATH'] ?? '';
    this.centre = new CentreClock(clock);
    this.verify = commandVerifier(identity.current.taskKeys);
    this.session = new Session({ ask: (id) => this.sayHello(id), onReply: (reply) => this.onHello(reply), clock, log });
    ({ runs: this.runs, desk: this.desk } = workOf({ ...options, session: this.session, nowMs, verify: (jws) => this.verify(jws) }));
    const delivery = new Delivery({ link, desk: this.desk, session, log });
    const heartbeatSeconds = (): number => identity.current.settings.heartbeatSeconds;
    this.duty = new PrimaryDuty({
      link,
      clock,
      log,
      session,
      heartbeatSeconds,
      nowMs,
      stand: (anew) => (anew ? this.session.refused() : this.session.hello()),
      onZoneCommand: (verb, epoch, message) => delivery.serve(verb, epoch, message),
    });
    this.heartbeats = new Heartbeats(clock, heartbeatSeconds, () => this.beat());
    this.factsWatch = new FactsWatch({ collect: () => collectHostFacts(path), tell: (facts) => this.tellFacts(facts), clock, log });
    this.facts = new FactLanes({ storage, link, clock, log });
    this.renewal = new JwtRenewal({
      times: () => timesOf(identity.userJwt),
      ask: () => link.ask('renew', { session: session() }),
      keep: (renewed) => identity.change(renewed),
      reconnect: () => link.bus.reconnect(),
      clock,
      nowMs,
      log,
    });
  }

  static async start(options: AgentOptions): Promise<Agent> {
    const { config, link } = options;
    const agent = new Agent(options);
    agent.beacon = await openBeacon({ host: config.beaconHost, port: config.beaconPort, state: () => agent.beaconState() });
    link.bus.onStatus((status) => agent.onStatus(status));
    link.bus.onError((error) => agent.onBusError(error));
    await agent.subscribe();
    agent.session.hello();
    agent.heartbeats.start();
    agent.renewal.start();
    agent.factsWatch.start();
    agent.facts.start();
    agent.tidy();
    return agent;
  }

  /** Hands over, ends what runs, brings the facts out as far as that is possible in time. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { storage, link, log, rescue } = this.options;
    rescue.stop();
    this.desk.close();
    // Whoever says goodbye stands no more, although the key will name another in a moment.
    this.session.stop();
    await this.sayGoodbye();
    this.duty.stop();
    this.heartbeats.stop();
    this.renewal.stop();
    this.factsWatch.stop();
    this.cancelTidy();
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    await this.runs.stopAll(runGraceMs);
    const drained = await this.facts.drained(link.bus.connected ? flushTimeoutMs : 0);
    if (!drained) log.warn({ facts: storage.journal.facts.count }, 'facts are left for the next start');
    await link.close();
    await this.facts.stop();
    await Promise.all([storage.journal.close(), storage.logs.close()]);
    this.beacon?.close();
  }

  private async subscribe(): Promise<void> {
    const { link, storage } = this.options;
    this.subscriptions = [
      ...hearCentre(link, {
        key: (told) => this.onKey(told),
        settings: (settings) => this.onSettings(settings),
        told: (told) => this.onTold(told),
      }),
      serveAgentSubject({ link, desk: this.desk, standing: () => ({ session: this.session.id, epoch: storage.journal.epochFloor }) }),
    ];
    // Should the connection break meanwhile, they are made anew with the next one.
    await link.bus.flush().catch(() => undefined);
  }

  private onStatus(status: BusStatus): void {
    this.options.log.info({ status }, 'connection to NATS');
    if (status !== 'connected') return;
    this.options.rescue.letIn();
    this.renewal.connected();
    this.session.hello();
    this.duty.reconnected();
    this.facts.reconnected();
  }

  private onBusError(error: Error): void {
    const { log, rescue } = this.options;
    if (!isLoginRefused(error)) return log.error({ error }, 'NATS refuses something');
    log.warn({ error }, 'NATS refuses this agent');
    return rescue.refused();
  }

  private onTold({ kind, reason }: Told): void {
    const { log, onRemoved } = this.options;
    log.info({ kind, reason }, 'told by the centre');
    if (kind === 'removed') onRemoved(reason);
    else this.session.hello();
  }

  private async sayHello(session: string | null): Promise<HelloReply> {
    const { link, storage, config } = this.options;
    const beaconUrl = this.beacon?.url ?? null;
    const parts = { session, conn: link.bus.connectionId, journal: storage.journal, beaconUrl, runs: this.runs.count };
    return link.ask('hello', await helloRequest({ ...parts, path: config.scriptEnvironment['PATH'] ?? '' }));
  }

  private onHello(reply: HelloReply): void {
    const { storage, link, log } = this.options;
    const first = !this.centre.known;
    this.centre.set(reply.centreTimeMs);
    if (reply.taskKeys !== null) {
      this.verify = commandVerifier(reply.taskKeys);
      this.keep({ taskKeys: reply.taskKeys, zoneName: reply.zoneName });
    }
    this.onSettings(reply.settings);
    if (reply.verdicts !== null) applyVerdicts(reply.verdicts, { journal: storage.journal, runs: this.runs, log });
    if (first) this.heartbeats.start();
    if (first) log.info({ port: this.beacon?.port, beaconUrl: this.beacon?.url, agentId: link.me.agent, session: reply.session }, 'ready');
    if (reply.primary !== null) this.onKey(keyOfHello(reply.primary, { agentId: link.me.agent, session: reply.session }));
    // The session is known only now: the key may have named it before.
    this.duty.reconsider();
  }

  private onKey(told: KeyView): void {
    if (told.key !== null) this.options.storage.journal.raiseFloor(told.key.epoch);
    this.duty.told(told);
  }

  private onSettings(settings: { heartbeatSeconds: number }): void {
    const { identity } = this.options;
    if (settings.heartbeatSeconds === identity.current.settings.heartbeatSeconds) return;
    this.keep({ settings });
    this.heartbeats.start();
  }

  private keep(changes: IdentityChanges): void {
    this.options.identity
      .change(changes)
      .catch((error: unknown) => this.options.log.error({ error }, 'what the centre told could not be kept'));
  }

  private async sayGoodbye(): Promise<void> {
    const { link, log } = this.options;
    const session = this.session.id;
    if (session === null || !link.bus.connected) return;
    await link.ask('goodbye', { session, reason: 'stopping' }, goodbyeTimeoutMs).catch((error: unknown) => {
      log.warn({ error }, 'goodbye was not answered');
    });
  }

  private async tellFacts(facts: HostFacts): Promise<void> {
    const session = this.session.id;
    if (session !== null) await this.options.link.ask('facts', { session, facts, beaconUrl: this.beacon?.url ?? null });
  }

  private beat(): void {
    const session = this.session.id;
    if (session === null) return;
    this.options.link.beat({ session, atMs: this.centre.nowMs(), load: currentLoad(this.runs.count), beaconUrl: this.beacon?.url ?? null });
  }

  /** Housekeeping has no event of its own: entries become void by time. */
  private tidy(): void {
    this.options.storage.journal.tidy(this.centre.nowMs());
    this.cancelTidy = this.options.clock.setTimer(() => this.tidy(), tidyMs);
  }

  private beaconState(): BeaconState {
    const { identity, storage, link, clock } = this.options;
    return {
      agentId: link.me.agent,
      zoneId: link.me.zone,
      zoneName: identity.current.zoneName,
      version: agentVersion,
      session: this.session.id,
      connected: link.bus.connected,
      role: this.duty.role,
      key: this.duty.key,
      runs: this.runs.list(),
      unansweredFacts: storage.journal.facts.count,
      uptimeSeconds: clock.uptimeSeconds(),
      centreMs: this.centre.nowMs(),
    };
  }
}
