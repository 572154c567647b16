import type { AppError } from '@klevr/contracts/errors';
import type { Told } from '@klevr/contracts/presence';
import type { BusStatus, Subscription } from '@klevr/messaging/bus';
import { isLoginRefused } from '@klevr/messaging/bus-errors';
import type { AgentOptions } from './agent-options.js';
import type { BeaconState } from './beacon/beacon-view.js';
import type { CommandDesk } from './commands/command-desk.js';
import { TrustedKeys } from './commands/trusted-keys.js';
import { workOf } from './commands/work.js';
import { CentreClock } from './centre-clock.js';
import { FactLanes } from './facts/fact-lanes.js';
import type { OpenExtension } from './extension.js';
import type { FactsWatch } from './host/facts-watch.js';
import { hostViewOf } from './host/host-view.js';
import { hostChanges } from './host-changes.js';
import type { IdentityChanges } from './identity/identity.js';
import type { JwtRenewal } from './identity/jwt-renewal.js';
import { Delivery } from './primary/delivery.js';
import { keyOfHello, type KeyView } from './primary/key-watch.js';
import { PrimaryDuty } from './primary/primary-duty.js';
import type { Runs } from './run/runs.js';
import { CloneGuard } from './session/clone-guard.js';
import type { ProvenReply } from './session/hello-proof.js';
import { Presence } from './session/presence.js';
import { applyVerdicts } from './session/verdicts.js';
import { extensionOf, guardOf, keysOf, openSubjects, renewalOf } from './wiring.js';

const [tidyMs, runGraceMs, flushTimeoutMs] = [30_000, 1_000, 3_000];

/**
 * The agent as a whole: puts the parts together and passes on between them what each is told. It decides nothing itself.
 */
export class Agent {
  private readonly centre: CentreClock;
  private readonly presence: Presence;
  private readonly duty: PrimaryDuty;
  private readonly runs: Runs;
  private readonly desk: CommandDesk;
  private readonly facts: FactLanes;
  private readonly cloneGuard: CloneGuard;
  private readonly renewal: JwtRenewal;
  private readonly factsWatch: FactsWatch;
  private readonly extension: OpenExtension | undefined;
  private readonly counts = { reconnects: 0, runsEnded: {} as Record<string, number> };
  private readonly keys: TrustedKeys;
  private subscriptions: Subscription[] = [];
  private cancelTidy: () => void = () => undefined;
  private leaving: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  private constructor(private readonly options: AgentOptions) {
    const { config, identity, storage, link, clock, log, beacon } = options;
    const nowMs = (): number => this.centre.nowMs();
    const heartbeatSeconds = (): number => identity.current.settings.heartbeatSeconds;
    const path = config.scriptEnvironment['PATH'] ?? '';
    this.centre = new CentreClock(clock);
    this.keys = keysOf({ ...options, nowMs, session: () => this.presence.session });
    const host = hostViewOf(path, () => this.extension?.capabilities() ?? {});
    this.presence = new Presence({
      ...{ link, clock, log, host, standing: options.extension === undefined, heartbeatSeconds, nowMs, journal: storage.journal },
      ...{ sealingKey: storage.sealingKey.publicKey, keys: this.keys },
      ...{ beaconUrl: () => beacon.url, runs: () => this.runs.count },
      onReply: (reply) => this.onHello(reply),
      onRefused: (error) => this.onRefused(error),
      onLeft: () => this.duty.stop(),
    });
    const { session } = this.presence;
    this.extension = extensionOf({
      // What waits for what it can do now is woken by a hello.
      ...{ ...options, nowMs, changed: () => (this.factsWatch.changed(), session.hello()) },
      standing: () => ({ session: session.id, takesWork: this.leaving === undefined && !this.presence.isDrained }),
    });
    const onRunEnd = (status: string): void => void (this.counts.runsEnded[status] = (this.counts.runsEnded[status] ?? 0) + 1);
    this.facts = new FactLanes({ storage, link, clock, nowMs, guard: guardOf(config, storage, clock, log), log });
    ({ runs: this.runs, desk: this.desk } = workOf({
      ...{
        ...options,
        session,
        nowMs,
        verify: this.keys.verify,
        onRunEnd,
        leases: this.facts.alive,
        collectFacts: host.known,
        commands: this.extension?.commands,
      },
      leave: () => this.leave(),
      end: async (kind) => (this.stopping === undefined ? options.onDeparture(kind) : undefined),
    }));
    const delivery = new Delivery({ link, desk: this.desk, session: () => session.id, log });
    this.duty = new PrimaryDuty({
      ...{ link, clock, log, heartbeatSeconds, nowMs, session: () => session.id },
      stand: (anew) => (anew ? session.refused() : session.hello()),
      onZoneCommand: (verb, epoch, message) => delivery.serve(verb, epoch, message),
    });
    this.factsWatch = hostChanges({ link, session, beacon, host, path, clock, log });
    this.cloneGuard = new CloneGuard({ facts: this.facts, storage, log });
    this.renewal = renewalOf({ identity, link, session, clock, nowMs, log });
  }

  static async start(options: AgentOptions): Promise<Agent> {
    const { bus } = options.link;
    const agent = new Agent(options);
    bus.onStatus((status) => agent.onStatus(status));
    bus.onError((error) => agent.onBusError(error));
    await agent.subscribe();
    agent.factsWatch.start();
    agent.presence.start();
    agent.renewal.start();
    agent.extension?.start();
    agent.tidy();
    return agent;
  }

  /** The host is about to sleep; it comes back by itself. */
  suspend(): Promise<void> {
    return this.leaving === undefined ? this.presence.suspension.announce() : Promise.resolve();
  }

  awake(): void {
    this.presence.suspension.end();
  }

  /** Hands over, ends what runs, brings the facts out as far as that is possible in time. */
  stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  /** What runs goes on. */
  private leave(): Promise<void> {
    return (this.leaving ??= this.sayGoodbye());
  }

  private async sayGoodbye(): Promise<void> {
    this.desk.close();
    this.extension?.leaving();
    await this.presence.goodbye();
    this.duty.stop();
    this.presence.stop();
  }

  private async end(): Promise<void> {
    const { storage, link, log, rescue } = this.options;
    rescue.stop();
    await this.leave();
    this.renewal.stop();
    this.factsWatch.stop();
    this.cancelTidy();
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    await this.runs.stopAll(runGraceMs);
    await this.extension?.stop();
    const drained = await this.facts.drained(link.bus.connected ? flushTimeoutMs : 0);
    if (!drained) log.warn({ facts: storage.journal.facts.count }, 'facts are left for the next start');
    await link.close();
    await this.facts.stop();
    await Promise.all([storage.journal.close(), storage.logs.close()]);
  }

  private async subscribe(): Promise<void> {
    const words = { key: this.onKey.bind(this), settings: this.onSettings.bind(this), told: this.onTold.bind(this) };
    this.subscriptions = await openSubjects({ ...this.options, desk: this.desk, session: this.presence.session, words });
  }

  private onStatus(status: BusStatus): void {
    this.options.log.info({ status }, 'connection to NATS');
    if (status !== 'connected') return;
    this.counts.reconnects += 1;
    this.options.rescue.letIn();
    this.renewal.connected();
    this.presence.session.hello();
    this.duty.reconnected();
    this.facts.reconnected();
    this.extension?.reconnected();
  }

  private onBusError(error: Error): void {
    const { log, rescue } = this.options;
    if (!isLoginRefused(error)) return log.error({ error }, 'NATS refuses something');
    log.warn({ error }, 'NATS refuses this agent');
    return rescue.refused();
  }

  private onTold({ kind, reason, taskKeys, issuer }: Told): void {
    const { log, onRemoved } = this.options;
    log.info({ kind, reason }, 'told by the centre');
    if (taskKeys !== undefined) void this.keys.take(taskKeys);
    else if (kind === 'removed') onRemoved(reason);
    else if (kind === 'renewWanted') this.renewal.renewFor(issuer);
    else this.presence.session.hello();
  }

  private onHello(reply: ProvenReply): void {
    const { storage, link, log, beacon } = this.options;
    const first = !this.centre.known;
    this.centre.set(reply.centreTimeMs);
    this.keep({ zoneName: reply.zoneName });
    if (reply.floorEpoch !== null) storage.journal.raiseFloor(reply.floorEpoch);
    this.onSettings(reply.settings);
    this.cloneGuard.granted();
    if (reply.verdicts !== null) applyVerdicts(reply.verdicts, { journal: storage.journal, runs: this.runs, log });
    if (first) log.info({ port: beacon.port, beaconUrl: beacon.url, agentId: link.me.agent, session: reply.session }, 'ready');
    if (reply.primary !== null) this.onKey(keyOfHello(reply.primary, { agentId: link.me.agent, session: reply.session }));
    // The session is known only now: the key may have named it before.
    this.duty.reconsider();
    this.extension?.greeted();
  }

  private onRefused(error: AppError): void {
    if (error.code === 'AGENT_REMOVED') this.options.onRemoved(error.message);
    if (error.code !== 'CLONE_REFUSED') return;
    this.duty.reconsider();
    void this.cloneGuard.refused();
  }

  private onKey(told: KeyView): void {
    this.duty.told(told);
    if (this.duty.key === told) this.presence.opinion.told(told);
  }

  private onSettings(settings: { heartbeatSeconds: number }): void {
    const { identity } = this.options;
    if (settings.heartbeatSeconds === identity.current.settings.heartbeatSeconds) return;
    this.keep({ settings });
    this.presence.periodChanged();
  }

  private keep(changes: IdentityChanges): void {
    const { identity, log } = this.options;
    identity.change(changes).catch((error: unknown) => log.error({ error }, 'what the centre told could not be kept'));
  }

  /** Housekeeping has no event of its own: entries become void by time. */
  private tidy(): void {
    this.options.storage.journal.tidy(this.centre.nowMs());
    this.cancelTidy = this.options.clock.setTimer(() => this.tidy(), tidyMs);
  }

  beaconState(): BeaconState {
    const { identity, storage, link, clock } = this.options;
    return {
      ...{ agentId: link.me.agent, zoneId: link.me.zone, zoneName: identity.current.zoneName },
      ...this.presence.view(this.leaving !== undefined),
      ...{ role: this.duty.role, key: this.duty.key },
      ...{ runs: this.runs.list(), unansweredFacts: storage.journal.facts.count, counts: this.counts },
      ...{ uptimeSeconds: clock.uptimeSeconds(), centreMs: this.centre.nowMs() },
    };
  }
}
