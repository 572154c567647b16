import { AppError } from '@klevr/contracts/errors';
import { Heartbeat, type Report } from '@klevr/contracts/presence';
import { subjects } from '@klevr/contracts/subjects';
import type { Subscription } from '@klevr/messaging/bus';
import { NoResponderError } from '@klevr/messaging/bus-errors';
import type { Incoming } from '@klevr/messaging/message';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { AgentLink } from '../link.js';
import { mayAct, secondary, step, type RoleEffect, type RoleEvent, type RoleState, type StampOutcome } from '@klevr/election/primary-role';
import { newer, type KeyView } from './key-watch.js';
import { ZoneReports } from './zone-reports.js';

/**
 * Carries out what the role decides: subscriptions of the epoch, `ready`, stamps, beats, the watch over the zone.
 * Promises: nothing is passed on for an epoch whose term may be over; the subscriptions are at the server before `ready` is, as one connection keeps
 * its order. Does not: decide.
 */
export interface PrimaryDutyOptions {
  readonly link: AgentLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly session: () => string | null;
  readonly heartbeatSeconds: () => number;
  readonly nowMs: () => number;
  readonly stand: (newSession: boolean) => void;
  /** A request on the epoch's subjects that may be served. */
  readonly onZoneCommand: (verb: string, epoch: number, message: Incoming) => void;
}

const tickMs = 1_000;
const standingTimeoutMs = 2_000;

export class PrimaryDuty {
  private state: RoleState = secondary;
  private known: KeyView | undefined;
  private readonly reports: ZoneReports;
  private subscriptions: Subscription[] = [];
  private ownLoad: number | undefined;
  private cancelReady: () => void = () => undefined;
  private cancelTick: (() => void) | undefined;

  constructor(private readonly options: PrimaryDutyOptions) {
    this.reports = new ZoneReports({
      heartbeatSeconds: options.heartbeatSeconds,
      tell: (kind, agents, part) => this.report(kind, agents, part),
    });
  }

  get role(): RoleState {
    return this.state;
  }

  /** What the zone's key says, as far as this agent knows. */
  get key(): KeyView | undefined {
    return this.known;
  }

  told(view: KeyView): void {
    const before = this.known;
    this.known = newer(before, view);
    if (this.known !== before) this.reconsider();
  }

  /** The key is the same, but the session may be another. */
  reconsider(): void {
    if (this.known === undefined) return;
    const me = { agentId: this.options.link.me.agent, session: this.options.session() };
    this.apply({ kind: 'key', key: this.known.key, me, now: this.now() });
  }

  reconnected(): void {
    this.apply({ kind: 'reconnected', now: this.now() });
  }

  stop(): void {
    this.apply({ kind: 'stopped' });
  }

  private apply(event: RoleEvent): void {
    const before = this.state.role;
    const { state, effects } = step(this.state, event);
    this.state = state;
    if (before !== state.role) this.options.log.info({ from: before, ...state, because: event.kind }, 'role changed');
    this.keepTicking();
    for (const effect of effects) this.carryOut(effect);
  }

  private carryOut(effect: RoleEffect): void {
    switch (effect.kind) {
      case 'subscribe':
        this.subscribe(effect.epoch);
        break;
      case 'unsubscribe':
        this.unsubscribe();
        break;
      case 'ready':
        this.cancelReady();
        if (effect.delayMs === 0) void this.sign('ready', effect.epoch);
        else this.cancelReady = this.options.clock.setTimer(() => void this.sign('ready', effect.epoch), effect.delayMs);
        break;
      case 'stamp':
        void this.sign('stamp', effect.epoch);
        break;
      case 'beat':
        this.reports.tick(this.now(), this.options.link.bus.connected);
        break;
      case 'stand':
        this.options.stand(effect.newSession);
        break;
    }
  }

  private subscribe(epoch: number): void {
    const { link } = this.options;
    const { zone } = link.me;
    this.reports.begin(this.now());
    this.subscriptions = [
      link.bus.subscribe(subjects.zoneCommand.wildcard({ zone, epoch }), (message) => this.onZoneCommand(epoch, message)),
      link.bus.subscribe(subjects.heartbeat.wildcard({ zone }), (message) => this.onHeartbeat(message)),
    ];
  }

  private unsubscribe(): void {
    this.cancelReady();
    for (const subscription of this.subscriptions.splice(0)) subscription.unsubscribe();
  }

  private onZoneCommand(epoch: number, message: Incoming): void {
    const current = this.state.role !== 'secondary' && this.state.epoch === epoch && mayAct(this.state, this.now());
    const verb = subjects.zoneCommand.parse(message.subject)?.verb;
    if (current && verb !== undefined) this.options.onZoneCommand(verb, epoch, message);
  }

  private async sign(verb: 'ready' | 'stamp', epoch: number): Promise<void> {
    const { link, session, log } = this.options;
    const [sentAt, own, conn] = [this.now(), session(), link.bus.connectionId];
    if (own === null || conn === undefined) return this.apply({ kind: 'answered', epoch, outcome: 'silence', sentAt });
    const outcome = await link.ask(verb, { session: own, epoch, conn }, standingTimeoutMs).then(
      (reply) => reply.outcome,
      (error: unknown) => {
        log.debug({ verb, epoch, error }, 'sign of life was not answered');
        return outcomeOf(error);
      },
    );
    this.apply({ kind: 'answered', epoch, outcome, sentAt });
  }

  /** Timers measure absence: beats and stamps are what tells others that this agent lives. */
  private keepTicking(): void {
    if (this.state.role === 'secondary') {
      this.cancelTick?.();
      this.cancelTick = undefined;
    } else {
      this.cancelTick ??= this.options.clock.setTimer(() => {
        this.cancelTick = undefined;
        this.apply({ kind: 'tick', now: this.now() });
      }, tickMs);
    }
  }

  private onHeartbeat(message: Incoming): void {
    const agentId = subjects.heartbeat.parse(message.subject)?.agent;
    if (agentId === undefined) return;
    const beat = this.options.link.read(message, Heartbeat);
    if (beat === undefined) return;
    if (agentId === this.options.link.me.agent) this.ownLoad = beat.load.cpu;
    else this.reports.heard(agentId, beat.session, this.now(), beat.load.cpu);
  }

  private report(kind: Report['kind'], agents: Report['agents'], part: Report['part']): void {
    const { link, session, nowMs } = this.options;
    const own = session();
    if (own === null || this.state.role !== 'primary') return;
    const { epoch } = this.state;
    const load = kind !== 'rollUp' || this.ownLoad === undefined ? {} : { cpuLoad: this.ownLoad };
    link.report({ session: own, epoch, kind, atMs: nowMs(), agents, ...load, ...(part === undefined ? {} : { part }) });
  }

  private now(): number {
    return this.options.clock.uptimeSeconds();
  }
}

const outcomeOf = (error: unknown): StampOutcome => {
  if (!(error instanceof AppError)) return 'silence';
  if (error.code === 'WRONG_SESSION') return 'wrongSession';
  if (error.code !== 'UNAVAILABLE') return 'silence';
  // What the scheduler itself says has no cause of this side.
  if (error.cause === undefined) return 'unavailable';
  return error.cause instanceof NoResponderError ? 'nobody' : 'silence';
};
