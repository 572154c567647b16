import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { Incident } from '@klevr/contracts/zone';
import { duplicateKey, guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { idsByZone, zonesToList } from '@klevr/persistence/zone-pages';
import { EventOutbox } from '../events/event-outbox.store.js';
import { idempotencyKeys } from '../tables/names.js';

interface IncidentRow extends Omit<Incident, 'openedAt' | 'closedAt'> {
  readonly openedAt: Date;
  readonly closedAt: Date | null;
}

export interface Opening {
  readonly zoneId: string | null;
  readonly cause: Incident['cause'];
  readonly detail: string;
  readonly gone: number;
  readonly of: number;
  readonly at: Date;
  /** When the first of those that are counted went: one that was closed since then is about them already. */
  readonly since: Date;
  /** The zones that are told. */
  readonly zones: readonly string[];
}

export interface Closing {
  readonly id: string;
  readonly cause: NonNullable<Incident['closeCause']>;
  readonly by: string | null;
  readonly at: Date;
  readonly zones: readonly string[];
}

export interface IncidentFilter {
  readonly zoneId?: string;
  readonly scope?: readonly string[];
  readonly open?: boolean;
  readonly beforeId?: string;
}

const columns =
  'id, zone_id AS zoneId, cause, detail, gone, of_agents AS `of`, opened_at AS openedAt, closed_at AS closedAt, close_cause AS closeCause, closed_by AS closedBy';
/** Agents that went before an incident was opened still belong to it. */
const leadSeconds = 60;

/** Incidents: at most one is open for a zone, and one for all of them, which the table itself ensures. */
@Injectable()
export class IncidentsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
  ) {}

  /** Undefined where one is open already, or was and has been closed since they went: another replica was quicker. */
  async open({ zoneId, cause, detail, gone, of, at, since, zones }: Opening): Promise<Incident | undefined> {
    const id = newId('incident');
    const sql = `INSERT INTO incidents (id, zone_id, cause, detail, gone, of_agents, opened_at) SELECT ?, ?, ?, ?, ?, ?, ? FROM DUAL
      WHERE NOT EXISTS (SELECT 1 FROM incidents WHERE zone_id <=> ? AND closed_at >= ?)`;
    try {
      const opened = await inTransaction(this.dataSource, async (manager) => {
        const values = [id, zoneId, cause, detail.slice(0, 255), gone, of, at, zoneId, since];
        const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, values);
        if (affectedRows === 0) return false;
        await this.tell(manager, 'host.incidentOpened', zones, { incidentId: id, zoneId, cause, detail, gone, of }, at);
        return true;
      });
      if (!opened) return undefined;
    } catch (error) {
      if (duplicateKey(error)) return undefined;
      throw error;
    }
    this.events.wake();
    return this.get(id);
  }

  /** Undefined where it is closed already. */
  async close(closing: Closing): Promise<Incident | undefined> {
    const closed = await inTransaction(this.dataSource, (manager) => this.end(manager, closing));
    if (!closed) return undefined;
    this.events.wake();
    return this.get(closing.id);
  }

  /** An operator's. Throws NOT_FOUND, and WRONG_STATE where it is closed already. */
  async closeBy(closing: Closing, idempotency: Idempotency | undefined): Promise<Incident> {
    await inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, async () => {
        if (await this.end(manager, closing)) return null;
        const [known] = await manager.query<unknown[]>('SELECT id FROM incidents WHERE id = ?', [closing.id]);
        if (known === undefined) throw new AppError('NOT_FOUND', 'There is no such incident');
        throw new AppError('WRONG_STATE', 'The incident is closed already');
      }),
    );
    this.events.wake();
    return this.get(closing.id);
  }

  /** Those that are open, and those that were closed since. */
  async current(closedSince: Date): Promise<Incident[]> {
    const sql = `SELECT ${columns} FROM incidents WHERE open_scope IS NOT NULL OR closed_at >= ? ORDER BY id LIMIT 10000`;
    return this.read(sql, [closedSince]);
  }

  /** Newest first. One of the whole fleet is one of each zone's as well, but it tells of all of them: a scope leaves it out. */
  async list({ zoneId, scope, open, beforeId }: IncidentFilter, limit: number): Promise<Incident[]> {
    const and: [string, unknown[]][] = [];
    if (open !== undefined) and.push([open ? 'closed_at IS NULL' : 'closed_at IS NOT NULL', []]);
    if (beforeId !== undefined) and.push(['id < ?', [beforeId]]);
    const zoneIds = zonesToList(zoneId, scope);
    if (scope !== undefined && zoneIds !== undefined) {
      if (zoneIds.length === 0) return [];
      const ids = idsByZone({ table: 'incidents', zoneIds, and, order: 'DESC', limit });
      return this.read(`SELECT ${columns} FROM (${ids.sql}) page JOIN incidents USING (id) ORDER BY id DESC`, ids.values);
    }
    if (zoneId !== undefined) and.push(['(zone_id = ? OR zone_id IS NULL)', [zoneId]]);
    const where = ['TRUE', ...and.map(([condition]) => condition)].join(' AND ');
    const values = and.flatMap(([, given]) => given);
    return this.read(`SELECT ${columns} FROM incidents WHERE ${where} ORDER BY id DESC LIMIT ${limit}`, values);
  }

  /** The suspects of its zone, or of all, that went with it. */
  async stillGone({ zoneId, openedAt }: Incident): Promise<number> {
    const scope = zoneId === null ? '' : 'AND zone_id = ?';
    const since = new Date(Date.parse(openedAt) - leadSeconds * 1000);
    const sql = `SELECT COUNT(*) AS number FROM agents WHERE kind = 'agent' AND status = 'suspect' AND status_since >= ? ${scope}`;
    const values = zoneId === null ? [since] : [since, zoneId];
    const [row] = await guarded(() => this.dataSource.query<{ number: number | string }[]>(sql, values));
    return Number(row?.number ?? 0);
  }

  /** More went while it was open. */
  async raiseGone(id: string, gone: number): Promise<void> {
    const sql = 'UPDATE incidents SET gone = GREATEST(gone, ?), of_agents = GREATEST(of_agents, ?) WHERE id = ? AND closed_at IS NULL';
    await guarded(() => this.dataSource.query(sql, [gone, gone, id]));
  }

  /** The zones that should have agents, with their number. */
  async zonesWithAgents(): Promise<{ zoneId: string; agents: number }[]> {
    const sql =
      "SELECT zone_id AS zoneId, COUNT(*) AS agents FROM agents WHERE kind = 'agent' AND status IN ('online', 'drained', 'suspect') GROUP BY zone_id";
    const rows = await guarded(() => this.dataSource.query<{ zoneId: string; agents: number | string }[]>(sql));
    return rows.map(({ zoneId, agents }) => ({ zoneId, agents: Number(agents) }));
  }

  /** Throws while the database cannot serve. */
  async ping(): Promise<void> {
    await guarded(() => this.dataSource.query('SELECT 1'));
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<Incident> {
    const [incident] = await this.read(`SELECT ${columns} FROM incidents WHERE id = ?`, [id]);
    if (incident === undefined) throw new AppError('NOT_FOUND', 'There is no such incident');
    return incident;
  }

  private async read(sql: string, values: unknown[]): Promise<Incident[]> {
    const rows = await guarded(() => this.dataSource.query<IncidentRow[]>(sql, values));
    return rows.map((row) => ({ ...row, openedAt: row.openedAt.toISOString(), closedAt: row.closedAt?.toISOString() ?? null }));
  }

  private async end(manager: EntityManager, { id, cause, by, at, zones }: Closing): Promise<boolean> {
    const sql = 'UPDATE incidents SET closed_at = ?, close_cause = ?, closed_by = ? WHERE id = ? AND closed_at IS NULL';
    const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, [at, cause, by, id]);
    if (affectedRows !== 1) return false;
    const [row] = await manager.query<{ zoneId: string | null }[]>('SELECT zone_id AS zoneId FROM incidents WHERE id = ?', [id]);
    const told = row?.zoneId ? [row.zoneId] : zones;
    await this.tell(manager, 'host.incidentClosed', told, { incidentId: id, zoneId: row?.zoneId ?? null, cause, closedBy: by }, at);
    return true;
  }

  private tell(
    manager: EntityManager,
    type: 'host.incidentOpened' | 'host.incidentClosed',
    zones: readonly string[],
    data: Record<string, unknown>,
    at: Date,
  ): Promise<void> {
    const subjectId = String(data['incidentId']);
    return this.events.append(
      manager,
      zones.map((zoneId) => ({ type, zoneId, subjectId, data, atMs: at.getTime() })),
    );
  }
}
