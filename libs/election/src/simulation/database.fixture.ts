import type { ConnectionId } from '@klevr/contracts/presence';
import { firstRevision } from '../epoch-floor.js';
import type { Candidate, Preference } from '../settlement-types.js';
import type { Hub } from './hub.fixture.js';
import type { SimulatedProcess } from './process.fixture.js';

interface Row {
  session: string | undefined;
  conn: ConnectionId | undefined;
  online: boolean;
  readonly preference: Preference;
}

const answersWithinMs = 6;
const failsAfterMs = 50;
const againMs = 500;

/** The tables that an election reads, and the record of epochs that a new bucket lies above. */
export class Database {
  up = true;
  highestRecorded = 0;
  private readonly rows = new Map<string, Row>();
  private sessions = 0;

  constructor(private readonly hub: Hub) {}

  enrol(agentId: string, preference: Preference): void {
    this.rows.set(agentId, { session: undefined, conn: undefined, online: false, preference });
  }

  ask(asker: { readonly process: SimulatedProcess }, work: () => void, failed: () => void = () => undefined): void {
    const { process } = asker;
    const { time } = this.hub;
    if (this.up) process.after(time.between(1, answersWithinMs), () => (this.up ? work() : failed()));
    else process.after(failsAfterMs, failed);
  }

  grant(agentId: string, asked: string | null, conn: ConnectionId): string {
    const row = this.rows.get(agentId);
    const session = row?.session !== undefined && row.session === asked ? asked : `ses_${++this.sessions}`;
    if (row) Object.assign(row, { session, conn, online: true });
    return session;
  }

  /** It left, or the connection that it last spoke over was cut. */
  offline(agentId: string, conn?: ConnectionId): void {
    const row = this.rows.get(agentId);
    if (row && (conn === undefined || conn.clientId === row.conn?.clientId)) row.online = false;
  }

  sessionOf(agentId: string): string | undefined {
    return this.rows.get(agentId)?.session;
  }

  preferenceOf(agentId: string): Preference {
    return this.rows.get(agentId)?.preference ?? 'never';
  }

  candidates(): Candidate[] {
    return [...this.rows].flatMap(([agentId, { session, conn, online, preference }]) =>
      session === undefined || !online ? [] : [{ agentId, session, conn, preference, load: 0, away: false, failedAtMs: undefined }],
    );
  }

  /** Written behind the appointment, again and again until the database takes it. */
  record(asker: { readonly process: SimulatedProcess }, epoch: number): void {
    const write = (): void =>
      this.ask(
        asker,
        () => {
          this.highestRecorded = Math.max(this.highestRecorded, epoch);
        },
        () => asker.process.after(againMs, write),
      );
    write();
  }

  /** Under a lock, so one replica at a time. True if it was missing. */
  ensureBucket(wallMs: number): boolean {
    const { keys } = this.hub;
    if (keys.exists || !keys.hasQuorum) return false;
    this.highestRecorded = firstRevision(this.highestRecorded, wallMs);
    keys.make(this.highestRecorded);
    return true;
  }
}
