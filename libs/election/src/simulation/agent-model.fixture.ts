import type { PrimaryKey } from '@klevr/contracts/presence';
import {
  mayAct,
  secondary,
  type NamedKey,
  type RoleEffect,
  type RoleEvent,
  type RoleState,
  type step,
  type StampOutcome,
} from '../primary-role.js';
import type { Preference } from '../settlement-types.js';
import type { Link } from './connection.fixture.js';
import { Dialer } from './dialer.fixture.js';
import type { AgentSide, Ask, Client, Hub } from './hub.fixture.js';
import type { Ledger } from './ledger.fixture.js';
import type { SimulatedProcess } from './process.fixture.js';
import { Requests } from './requests.fixture.js';

interface KeyTold {
  readonly revision: number;
  readonly key: NamedKey | null;
}

interface AgentWorld {
  readonly hub: Hub;
  readonly ledger: Ledger;
  readonly rules: { readonly step: typeof step };
}

export interface HelloAnswer {
  readonly session: string;
  readonly primary: { readonly agentId: string; readonly epoch: number; readonly revision: number } | null;
}

const tickMs = 1_000;
const signTimeoutMs = 2_000;
const helloTimeoutMs = 5_000;
const longestPauseMs = 2_000;

/** An agent: the real role of primary, bound to a simulated connection as the agent's own process binds it to NATS. */
export class AgentModel implements AgentSide, Client {
  readonly agent = this;
  readonly link: Link = { up: true, down: true };
  readonly dialer: Dialer;
  private readonly hub: Hub;
  private readonly ledger: Ledger;
  state: RoleState = secondary;
  session: string | null = null;
  private told: KeyTold | undefined;
  /** On disk: outlives the process. */
  private floor = 0;
  private readonly requests: Requests;
  private readonly judgements: (() => void)[] = [];
  private helloWanted = false;
  private helloRunning = false;
  private standing = true;
  private endPause: () => void = () => undefined;
  private cancelReady: () => void = () => undefined;
  private cancelTick: (() => void) | undefined;
  onStampSent: () => void = () => undefined;

  constructor(
    readonly name: string,
    readonly preference: Preference,
    readonly process: SimulatedProcess,
    private readonly world: AgentWorld,
  ) {
    this.hub = world.hub;
    this.ledger = world.ledger;
    this.dialer = new Dialer(this.hub, this, { onConnected: () => this.connected(), onLost: () => this.requests.lose() });
    this.requests = new Requests(process, () => this.judgements.splice(0).forEach((judge) => judge()));
  }

  start(): void {
    if (this.process.alive) return;
    this.process.start();
    Object.assign(this, { state: secondary, session: null, told: undefined, helloWanted: false, helloRunning: false, standing: true });
    this.requests.forget();
    this.judgements.length = 0;
    [this.cancelTick, this.endPause, this.cancelReady] = [undefined, () => undefined, () => undefined];
    this.dialer.start();
  }

  kill(): void {
    if (!this.process.alive) return;
    this.process.kill();
    this.dialer.died();
    this.state = secondary;
  }

  /** Stops in order: the next primary first, if the centre manages. */
  leave(gone: () => void): void {
    const end = (): void => (this.kill(), gone());
    this.process.run(() => {
      this.standing = false;
      const { name: agentId, session } = this;
      if (session === null) end();
      else this.ask({ verb: 'goodbye', agentId, session }, 1_500, end);
    });
  }

  /** Whether it believes to be primary, and may act on it. */
  leads(): boolean {
    return this.process.alive && !this.process.frozen && this.state.role === 'primary' && mayAct(this.state, this.uptime());
  }

  key(revision: number, key: PrimaryKey | null): void {
    this.onKey({ revision, key: key && { agentId: key.agentId, session: key.session, epoch: key.epoch ?? revision } });
  }

  zoneCommand(epoch: number, verb: 'ping' | 'deliver'): boolean {
    if (this.state.role === 'secondary' || this.state.epoch !== epoch || !mayAct(this.state, this.uptime())) return false;
    if (verb === 'deliver') {
      this.ledger.acted(this.name, this.session, epoch, this.told?.key ?? undefined);
      if (this.dialer.connection) this.hub.passOn(this.dialer.connection, epoch);
    }
    return true;
  }

  /** No command is judged while a hello is under way, as its answer may tell of a later epoch. */
  command(epoch: number): void {
    const judge = (): void => {
      if (this.session !== null && epoch >= this.floor) this.ledger.accepted(this.name, epoch);
    };
    if (this.requests.idle) judge();
    else this.judgements.push(judge);
  }

  private connected(): void {
    const { connection } = this.dialer;
    if (this.state.role !== 'secondary') connection?.epochs.add(this.state.epoch);
    this.hello();
    this.apply({ kind: 'reconnected', now: this.uptime() });
  }

  private onKey(told: KeyTold): void {
    if (told.key !== null) this.ledger.told(this.name, told.key.epoch);
    if (told.key !== null) this.floor = Math.max(this.floor, told.key.epoch);
    if (this.told !== undefined && told.revision <= this.told.revision) return;
    this.told = told;
    this.reconsider();
  }

  private reconsider(): void {
    if (this.told === undefined) return;
    this.apply({ kind: 'key', key: this.told.key, me: { agentId: this.name, session: this.session }, now: this.uptime() });
  }

  private apply(event: RoleEvent): void {
    const { state, effects } = this.world.rules.step(this.state, event);
    if (state.role === 'preparing' && state.epoch !== epochOf(this.state)) this.ledger.named(this.name, state.epoch, this.uptime());
    this.state = state;
    if (state.role === 'secondary') {
      this.cancelTick?.();
      this.cancelTick = undefined;
    } else
      this.cancelTick ??= this.process.after(tickMs, () => {
        this.cancelTick = undefined;
        this.apply({ kind: 'tick', now: this.uptime() });
      });
    for (const effect of effects) this.carryOut(effect);
  }

  private carryOut(effect: RoleEffect): void {
    const { connection } = this.dialer;
    if (effect.kind === 'subscribe') connection?.toServer('data', () => connection.epochs.add(effect.epoch));
    else if (effect.kind === 'unsubscribe') {
      this.cancelReady();
      connection?.toServer('data', () => connection.epochs.clear());
    } else if (effect.kind === 'ready') {
      this.cancelReady();
      this.cancelReady = this.process.after(effect.delayMs, () => this.sign('ready', effect.epoch));
    } else if (effect.kind === 'stamp') this.sign('stamp', effect.epoch);
    else if (effect.kind === 'beat') {
      if (connection && this.session !== null)
        this.hub.report(connection, { agentId: this.name, session: this.session, epoch: effect.epoch });
    } else {
      if (effect.newSession) this.session = null;
      this.hello();
    }
  }

  private sign(verb: 'ready' | 'stamp', epoch: number): void {
    const [sentAt, session, conn] = [this.uptime(), this.session, this.dialer.connection?.id];
    const answered = (outcome: StampOutcome): void => {
      this.ledger.signed(this.name, epoch, outcome, sentAt);
      this.apply({ kind: 'answered', epoch, outcome, sentAt });
    };
    if (session === null || conn === undefined) return void this.process.after(0, () => answered('silence'));
    this.ask({ verb, agentId: this.name, session, epoch, conn }, signTimeoutMs, (answer) =>
      answered((answer ?? 'silence') as StampOutcome),
    );
    if (verb === 'stamp') this.onStampSent();
  }

  private hello(): void {
    if (!this.standing) return;
    this.helloWanted = true;
    this.endPause();
    if (!this.helloRunning) this.helloOnce(0);
  }

  private helloOnce(failures: number): void {
    this.helloRunning = this.helloWanted && this.standing;
    if (!this.helloRunning) return;
    this.helloWanted = false;
    const again = (): void => {
      this.helloWanted = true;
      let ended = false;
      const next = (): void => {
        if (ended) return;
        ended = true;
        this.helloOnce(failures + 1);
      };
      const pauseMs = Math.min(100 * 2 ** failures, longestPauseMs) * this.hub.time.between(0.8, 1.2);
      const cancel = this.process.after(pauseMs, next);
      this.endPause = () => (cancel(), next());
    };
    const conn = this.dialer.connection?.id;
    if (conn === undefined) return again();
    this.ask({ verb: 'hello', agentId: this.name, session: this.session, conn }, helloTimeoutMs, (answer) => {
      if (typeof answer !== 'object' || answer === null) return again();
      const { session, primary } = answer as HelloAnswer;
      this.session = session;
      if (primary !== null) {
        const { agentId, epoch, revision } = primary;
        this.onKey({ revision, key: { agentId, session: agentId === this.name ? session : '', epoch } });
      }
      this.reconsider();
      this.helloOnce(0);
    });
  }

  /** Undefined where no answer came. */
  private ask(ask: Ask, timeoutMs: number, done: (answer: unknown) => void): void {
    const { connection } = this.dialer;
    this.requests.start((reply) => connection && this.hub.ask(connection, ask, reply), timeoutMs, done);
  }

  private uptime(): number {
    return this.process.monotonicMs() / 1_000;
  }
}

const epochOf = (state: RoleState): number | undefined => (state.role === 'secondary' ? undefined : state.epoch);
