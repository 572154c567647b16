import { SettingsUpdate, Told, type Hello, type HelloReply } from '@klevr/contracts/presence';
import { newId } from '@klevr/contracts/ids';
import { inboxes, subjects } from '@klevr/contracts/subjects';
import type { Subscription } from '@klevr/messaging/bus';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { CentreClock } from '@klevr/agent-runtime/centre-clock';
import { serveAgentSubject } from '@klevr/agent-runtime/commands/agent-subject';
import type { CommandVerifier } from '@klevr/agent-runtime/commands/command-verifier';
import { Heartbeats } from '@klevr/agent-runtime/heartbeats';
import type { AgentLink } from '@klevr/agent-runtime/link';
import { Delivery } from '@klevr/agent-runtime/primary/delivery';
import { keyOfHello, readKey, type KeyView } from '@klevr/agent-runtime/primary/key-watch';
import { PrimaryDuty } from '@klevr/agent-runtime/primary/primary-duty';
import { Session } from '@klevr/agent-runtime/session/session';
import { agentVersion } from '@klevr/agent-runtime/version';
import { SimulatedDesk } from './simulated-desk.js';
import type { SimulatedHost } from './simulated-host.js';

/**
 * An agent without a host: the real parts for session, election, heartbeats and commands on a connection and an identity of its own, none for disk, beacon, runs
 * and the renewal of credentials (they live for days).
 */
export interface SimulatedAgentOptions {
  readonly hostName: string;
  readonly heartbeatSeconds: number;
  readonly host: SimulatedHost;
  readonly link: AgentLink;
  readonly verify: CommandVerifier;
  readonly clock: Clock;
  readonly log: Log;
}

const goodbyeTimeoutMs = 5_000;

export class SimulatedAgent {
  readonly desk: SimulatedDesk;
  private readonly journalId = newId('journal');
  private readonly centre: CentreClock;
  private readonly session: Session;
  private readonly duty: PrimaryDuty;
  private readonly heartbeats: Heartbeats;
  private heartbeatSeconds: number;
  private epochFloor = 0;
  private subscriptions: Subscription[] = [];
  private ended = false;

  constructor(private readonly options: SimulatedAgentOptions) {
    const { link, verify, clock, log } = options;
    this.heartbeatSeconds = options.heartbeatSeconds;
    this.centre = new CentreClock(clock);
    const nowMs = (): number => this.centre.nowMs();
    const session = (): string | null => this.session.id;
    this.session = new Session({ ask: (id) => link.ask('hello', this.helloOf(id)), onReply: (reply) => this.onHello(reply), clock, log });
    const standing = () => ({
      agentId: link.me.agent,
      zoneId: link.me.zone,
      session: session(),
      epochFloor: this.epochFloor,
      nowMs: nowMs(),
    });
    this.desk = new SimulatedDesk({
      ...{ journalId: this.journalId, link, verify, clock, log, standing },
      sessionSettled: () => this.session.settled(),
    });
    const delivery = new Delivery({ link, desk: this.desk, session, log });
    this.duty = new PrimaryDuty({
      ...{ link, clock, log, session, nowMs },
      heartbeatSeconds: () => this.heartbeatSeconds,
      stand: (anew) => (anew ? this.session.refused() : this.session.hello()),
      onZoneCommand: (verb, epoch, message) => delivery.serve(verb, epoch, message),
    });
    this.heartbeats = new Heartbeats(
      clock,
      () => this.heartbeatSeconds,
      () => this.beat(),
    );
  }

  get id(): string {
    return this.options.link.me.agent;
  }

  get online(): boolean {
    return !this.ended && this.session.id !== null && this.options.link.bus.connected;
  }

  get isPrimary(): boolean {
    return this.online && this.duty.role.role === 'primary';
  }

  start(): void {
    const { link, log } = this.options;
    const { bus, me } = link;
    bus.onStatus((status) => {
      if (status !== 'connected') return;
      this.session.hello();
      this.duty.reconnected();
    });
    bus.onError((error) => log.warn({ error, agentId: me.agent }, 'NATS refuses something'));
    this.subscriptions = [
      bus.subscribe(subjects.primary.build(me), (message) => {
        const told = readKey(message);
        if (told !== undefined) this.onKey(told);
      }),
      bus.subscribe(subjects.settings.build(me), (message) => {
        const update = link.read(message, SettingsUpdate);
        if (update?.zoneId === me.zone) this.onSettings(update.settings);
      }),
      bus.subscribe(inboxes.agentTold.build(me), (message) => this.onTold(link.read(message, Told))),
      serveAgentSubject({ link, desk: this.desk, standing: () => ({ session: this.session.id, epoch: this.epochFloor }) }),
    ];
    this.session.hello();
  }

  /** Says goodbye and ends. */
  async stop(): Promise<void> {
    const { link, log } = this.options;
    const session = this.session.id;
    this.session.stop();
    if (session !== null && link.bus.connected && !this.ended) {
      await link
        .ask('goodbye', { session, reason: 'stopping' }, goodbyeTimeoutMs)
        .catch((error: unknown) => log.debug({ error, agentId: this.id }, 'goodbye was not answered'));
    }
    await this.cut();
  }

  /** Ends as a crashed host does: without a word, for good. */
  async cut(): Promise<void> {
    this.silence();
    await this.options.link.close();
  }

  /** Stays connected, but beats and answers no more. */
  silence(): void {
    this.ended = true;
    this.session.stop();
    this.duty.stop();
    this.heartbeats.stop();
    this.desk.close();
    for (const subscription of this.subscriptions.splice(0)) subscription.unsubscribe();
  }

  private helloOf(session: string | null): Hello {
    const { link, host, hostName } = this.options;
    return {
      ...{ session, journalId: this.journalId, version: agentVersion, facts: host.factsOf(hostName), beaconUrl: null },
      conn: link.bus.connectionId ?? { serverId: 'unknown', clientId: 0 },
      ...{ load: host.loadNow(0), standing: true, attempts: this.desk.known() },
    };
  }

  private onHello(reply: HelloReply): void {
    if (this.ended) return;
    const first = !this.centre.known;
    this.centre.set(reply.centreTimeMs);
    for (const { verdict, ...attempt } of reply.verdicts ?? []) if (verdict === 'forget') this.desk.forget(attempt);
    if (first) this.heartbeats.start();
    this.onSettings(reply.settings);
    if (reply.primary !== null) this.onKey(keyOfHello(reply.primary, { agentId: this.id, session: reply.session }));
    this.duty.reconsider();
  }

  private onKey(told: KeyView): void {
    this.epochFloor = Math.max(this.epochFloor, told.key?.epoch ?? 0);
    this.duty.told(told);
  }

  private onSettings({ heartbeatSeconds }: { heartbeatSeconds: number }): void {
    if (heartbeatSeconds === this.heartbeatSeconds) return;
    this.heartbeatSeconds = heartbeatSeconds;
    this.heartbeats.start();
  }

  private onTold(told: Told | undefined): void {
    if (told?.kind === 'helloWanted') this.session.hello();
    if (told?.kind === 'removed') void this.cut();
  }

  private beat(): void {
    const { host, link } = this.options;
    const session = this.session.id;
    if (session !== null) link.beat({ session, atMs: this.centre.nowMs(), load: host.loadNow(0), beaconUrl: null });
  }
}
