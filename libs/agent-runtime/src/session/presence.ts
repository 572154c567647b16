import type { AppError } from '@klevr/contracts/errors';
import type { Goodbye } from '@klevr/contracts/presence';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { z } from 'zod';
import { conditionOf, type BeaconState } from '../beacon/beacon-view.js';
import { Heartbeats } from '../heartbeats.js';
import { currentLoad } from '../host/load.js';
import type { HostView } from '../host/host-view.js';
import type { Journal } from '../journal/journal.js';
import type { AgentLink } from '../link.js';
import type { TrustedKeys } from '../commands/trusted-keys.js';
import { lookAtBeacon } from './beacon-look.js';
import { newChallenge, provenReply, type ProvenReply } from './hello-proof.js';
import { helloRequest } from './hello-request.js';
import { SecondOpinion } from './second-opinion.js';
import { Session } from './session.js';
import { SleepWatch } from './sleep-watch.js';
import { Suspension } from './suspension.js';

/**
 * What the centre and the zone see of this agent: hello, heartbeats, goodbye.
 * Promises: without a session that the centre granted to this very process it says nothing but hello; a host that slept says so. Does not: decide what
 * an answer means for work.
 */
export interface PresenceOptions {
  readonly link: AgentLink;
  readonly journal: Pick<Journal, 'id' | 'ledger'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: HostView;
  readonly standing: boolean;
  readonly sealingKey: string;
  readonly heartbeatSeconds: () => number;
  readonly beaconUrl: () => string | null;
  readonly runs: () => number;
  readonly nowMs: () => number;
  readonly keys: Pick<TrustedKeys, 'take' | 'content'>;
  readonly onReply: (reply: ProvenReply) => void;
  readonly onRefused: (error: AppError) => void;
  /** After the goodbye of a host that is about to sleep. */
  readonly onLeft: () => void;
}

const goodbyeTimeoutMs = 1_500;

export class Presence {
  readonly session: Session<ProvenReply>;
  readonly opinion: SecondOpinion;
  readonly suspension: Suspension;
  private readonly sleep: SleepWatch;
  private readonly heartbeats: Heartbeats;
  private refusal: AppError | undefined;
  private granted = false;
  private drained: boolean | null = null;

  constructor(private readonly options: PresenceOptions) {
    const { link, clock, log, heartbeatSeconds } = options;
    this.session = new Session({
      ask: (session) => this.sayHello(session),
      onReply: (reply) => this.onReply(reply),
      onRefused: (error) => this.onRefused(error),
      clock,
      log,
    });
    this.heartbeats = new Heartbeats(clock, heartbeatSeconds, () => this.beat());
    this.sleep = new SleepWatch(clock, (seconds) => this.onSlept(seconds));
    this.suspension = new Suspension({ leave: () => this.leave(), comeBack: () => this.comeBack(), clock });
    this.opinion = new SecondOpinion({
      me: link.me.agent,
      connected: () => link.bus.connected,
      look: lookAtBeacon,
      hello: () => this.session.helloOnce(),
      clock,
      log,
    });
  }

  get isDrained(): boolean {
    return this.drained === true;
  }

  /** What people see of it at the beacon. */
  view(stopping: boolean): Pick<BeaconState, 'condition' | 'detail' | 'drained' | 'session' | 'connected' | 'opinion'> {
    const { connected } = this.options.link.bus;
    const signs = { connected, refused: this.refusal, suspending: this.suspension.announced, stopping };
    return { ...conditionOf(signs), drained: this.drained, session: this.session.id, connected, opinion: this.opinion.last };
  }

  start(): void {
    this.session.hello();
    this.heartbeats.start();
    this.sleep.start();
  }

  /** The period is another: beats at once and from now on by that. */
  periodChanged(): void {
    if (!this.suspension.announced) this.heartbeats.start();
  }

  /** Whoever says goodbye stands no more, although the key will name another in a moment. */
  async goodbye(): Promise<void> {
    this.session.stop();
    this.suspension.stop();
    await this.sayGoodbye('stopping');
  }

  stop(): void {
    this.heartbeats.stop();
    this.sleep.stop();
    this.opinion.stop();
  }

  private async sayHello(session: string | null): Promise<ProvenReply> {
    const { link, journal, host, standing, sealingKey, beaconUrl, runs } = this.options;
    const challenge = newChallenge();
    const sleptSeconds = this.sleep.untoldSeconds;
    const said = {
      session,
      conn: link.bus.connectionId,
      journal,
      beaconUrl: beaconUrl(),
      runs: runs(),
      host,
      standing,
      sealingKey,
      challenge,
    };
    const reply = await link.ask('hello', await helloRequest({ ...said, sleptSeconds, opinion: this.opinion.take() }));
    this.sleep.told(sleptSeconds);
    return provenReply(reply, { agentId: link.me.agent, zoneId: link.me.zone, challenge }, this.options);
  }

  private onReply(reply: ProvenReply): void {
    this.refusal = undefined;
    this.drained = reply.drained ?? null;
    this.options.onReply(reply);
    // The first of a session comes at once.
    if (!this.granted) this.periodChanged();
    this.granted = true;
    if (reply.primary !== null) this.opinion.beaconOf(reply.primary.agentId, reply.primary.beaconUrl);
  }

  private onRefused(error: AppError): void {
    this.refusal = error;
    this.granted = this.session.id !== null;
    this.options.onRefused(error);
  }

  private beat(): void {
    const { link, nowMs, runs, beaconUrl } = this.options;
    const session = this.session.id;
    if (session !== null) link.beat({ session, atMs: nowMs(), load: currentLoad(runs()), beaconUrl: beaconUrl() });
  }

  private onSlept(seconds: number): void {
    this.options.log.info({ seconds }, 'the host has slept');
    if (this.suspension.announced) this.suspension.end();
    else this.session.hello();
  }

  private async leave(): Promise<void> {
    this.options.log.info({}, 'the host is about to sleep');
    this.session.hold();
    this.heartbeats.stop();
    await this.sayGoodbye('suspending');
    this.options.onLeft();
  }

  private comeBack(): void {
    this.session.hello();
    this.session.release();
    this.heartbeats.start();
  }

  private async sayGoodbye(reason: z.output<typeof Goodbye>['reason']): Promise<void> {
    const { link, log } = this.options;
    const session = this.session.id;
    if (session === null || !link.bus.connected) return;
    await link.ask('goodbye', { session, reason }, goodbyeTimeoutMs).catch((error: unknown) => {
      log.warn({ error }, 'goodbye was not answered');
    });
  }
}
