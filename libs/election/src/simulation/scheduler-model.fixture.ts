import type { ConnectionId, PrimaryKey } from '@klevr/contracts/presence';
import type { settle } from '../settlement.js';
import { newZoneElection, type ElectionEvent, type ZoneElection } from '../settlement-types.js';
import type { Link } from './connection.fixture.js';
import type { Database } from './database.fixture.js';
import { Dialer } from './dialer.fixture.js';
import type { HelloAnswer } from './agent-model.fixture.js';
import type { Ask, CentreSide, Client, Hub, Report } from './hub.fixture.js';
import type { Ledger } from './ledger.fixture.js';
import type { SimulatedProcess } from './process.fixture.js';
import { SchedulerActions } from './scheduler-actions.fixture.js';

const firstReadMs = 2_000;
const grantedWithinMs = 500;
const refreshMs = 30_000;
const againMs = 200;
const quietMs = 5_000;
/** How long a goodbye waits for the next primary. */
const leavingPatienceMs = 500;

interface SchedulerWorld {
  readonly hub: Hub;
  readonly database: Database;
  readonly ledger: Ledger;
  readonly rules: { readonly settle: typeof settle };
}

/** A scheduler replica: the real settlement, bound to the simulated server and database as the service binds it to the real ones. */
export class SchedulerModel implements CentreSide, Client {
  readonly centre = this;
  readonly link: Link = { up: true, down: true };
  readonly dialer: Dialer;
  private readonly hub: Hub;
  private readonly database: Database;
  zone: ZoneElection = newZoneElection();
  private readonly known = new Map<number, string>();
  private readonly actions: SchedulerActions;
  private watchers: (() => void)[] = [];

  constructor(
    readonly name: string,
    readonly process: SimulatedProcess,
    private readonly world: SchedulerWorld,
  ) {
    this.hub = world.hub;
    this.database = world.database;
    this.dialer = new Dialer(this.hub, this, { onConnected: () => this.connected(), onLost: () => this.actions.lose() });
    this.actions = new SchedulerActions(this, this.hub, this.database);
  }

  /** With an empty memory. */
  start(): void {
    if (this.process.alive) return;
    this.process.start();
    this.zone = newZoneElection(this.process.monotonicMs() + quietMs);
    this.actions.forget();
    this.known.clear();
    this.watchers = [];
    this.begin();
    this.refreshLater();
  }

  kill(): void {
    if (!this.process.alive) return;
    this.process.kill();
    this.dialer.died();
  }

  /** Whether the cut of this connection will tell it something. */
  knows(conn: ConnectionId | undefined): boolean {
    return conn !== undefined && this.process.alive && this.known.has(conn.clientId);
  }

  handOver(to: string | undefined): void {
    this.process.run(() => this.tell({ kind: 'handOver', to }));
  }

  key(revision: number, key: PrimaryKey | null): void {
    this.tell({ kind: 'keyHeard', revision, key });
  }

  heard(ask: Ask): void {
    const { agentId, session } = ask;
    if (ask.verb === 'goodbye') return this.tell({ kind: 'leaves', agentId, session: ask.session, answering: false });
    // Now and then whose a connection is cannot be told, and its cut says nothing then.
    if (!this.hub.time.chance(0.05)) this.known.set(ask.conn.clientId, agentId);
    if (ask.verb !== 'hello') {
      const { epoch, conn } = ask;
      return this.tell({ kind: 'sign', ref: undefined, agentId, session: ask.session, epoch, conn });
    }
    this.tell({ ...this.stands(ask), session: session ?? undefined, answering: false });
    if (session === null) this.process.after(grantedWithinMs, () => this.actions.lookUp(agentId));
  }

  asked(ask: Ask, reply: (answer: unknown) => void): void {
    const { agentId } = ask;
    if (ask.verb === 'hello') {
      this.database.ask(
        this,
        () => this.grant(ask, reply),
        () => reply('unavailable'),
      );
    } else if (ask.verb === 'goodbye') {
      this.tell({ kind: 'leaves', agentId, session: ask.session, answering: true });
      this.database.ask(this, () => this.database.offline(agentId));
      this.until(
        ({ seen, vacancy }) => seen?.key?.agentId !== agentId && !!seen?.key?.epoch && !vacancy,
        leavingPatienceMs,
        () => reply('left'),
      );
    } else {
      const ref = this.actions.expect(reply);
      const { session, epoch, conn } = ask;
      this.tell({ kind: 'sign', ref, agentId, session, epoch, conn });
    }
  }

  report({ agentId, session, epoch }: Report): void {
    this.tell({ kind: 'beat', agentId, session, epoch });
  }

  cut(agentId: string, conn: ConnectionId): void {
    if (this.known.get(conn.clientId) !== agentId) return;
    this.tell({ kind: 'cut', agentId, conn });
    this.database.ask(this, () => this.database.offline(agentId, conn));
  }

  bucketDeleted(): void {
    this.actions.checkBucket();
  }

  /** Nobody is served before the tables could be read. */
  private begin(): void {
    this.database.ask(
      this,
      () => this.dialer.start(),
      () => this.process.after(againMs, () => this.begin()),
    );
  }

  private connected(): void {
    this.actions.checkBucket();
    this.tell({ kind: 'reconnected' });
    this.actions.loadCandidates();
  }

  private grant({ agentId, session: asked, conn }: Extract<Ask, { verb: 'hello' }>, reply: (answer: HelloAnswer) => void): void {
    const session = this.database.grant(agentId, asked, conn);
    this.until(
      ({ seen }) => seen !== undefined,
      firstReadMs,
      () => {
        const { seen } = this.zone;
        const key = seen?.key && !(seen.key.agentId === agentId && seen.key.session !== session) ? seen.key : null;
        reply({
          session,
          primary: key && seen ? { agentId: key.agentId, epoch: key.epoch ?? seen.revision, revision: seen.revision } : null,
        });
        this.process.after(0, () => this.tell({ ...this.stands({ agentId, conn }), session, answering: true }));
      },
    );
  }

  private stands({ agentId, conn }: { agentId: string; conn: ConnectionId }) {
    return { kind: 'stands', agentId, conn, load: 0, preference: this.database.preferenceOf(agentId), standing: true } as const;
  }

  tell(event: ElectionEvent): void {
    const now = { monotonicMs: this.process.monotonicMs(), wallMs: this.process.wallMs() };
    for (const action of this.world.rules.settle(this.zone, event, now)) this.actions.perform(action);
    for (const watcher of [...this.watchers]) watcher();
    this.checkLiveness(event.kind);
  }

  private refreshLater(): void {
    this.process.after(refreshMs, () => {
      this.actions.loadCandidates();
      this.refreshLater();
    });
  }

  private until(wanted: (zone: ZoneElection) => boolean, timeoutMs: number, done: () => void): void {
    let waiting = true;
    const end = (): void => {
      if (!waiting) return;
      waiting = false;
      this.watchers = this.watchers.filter((watcher) => watcher !== look);
      done();
    };
    const look = (): void => {
      if (wanted(this.zone)) end();
    };
    this.watchers.push(look);
    this.process.after(timeoutMs, end);
    look();
  }

  /** A replica that knows of a vacancy and of somebody to appoint is never idle. */
  private checkLiveness(event: string): void {
    const { zone } = this;
    const someone = [...zone.candidates.values()].some(
      ({ away, agentId, preference }) => !away && preference !== 'never' && agentId !== zone.vacancy?.holder?.agentId,
    );
    const busy = zone.reading || zone.appointing !== undefined || zone.lookingUp !== undefined || this.actions.timers.has('retry');
    if (zone.seen !== undefined && zone.vacancy && someone && !busy)
      this.world.ledger.fault(`${this.name} is idle with a vacancy after ${event}`);
  }
}
