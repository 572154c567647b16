import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';
import type { TermRecord } from '@klevr/election/settlement-types';

export interface TermRow {
  readonly epoch: string;
  readonly agentId: string;
  readonly cause: string;
  readonly fromAt: Date;
  readonly readyAt: Date | null;
  readonly toAt: Date | null;
  readonly endCause: string | null;
  readonly gapMs: number | null;
}

interface PrimaryEvent {
  readonly type: 'primary.appointed' | 'primary.ready' | 'primary.ended';
  readonly zoneId: string;
  readonly agentId: string;
  readonly epoch: number;
  readonly atMs: number;
  readonly cause?: string;
}

interface Affected {
  affectedRows: number;
}

const columns =
  'CAST(epoch AS CHAR) AS epoch, agent_id AS agentId, cause, from_at AS fromAt, ready_at AS readyAt, to_at AS toAt, end_cause AS endCause, gap_ms AS gapMs';

/** The history of primaries. Every record is idempotent: replicas tell the same things, and what is told again changes and publishes nothing. */
@Injectable()
export class TermsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
  ) {}

  /** Answers how long the zone had been without a primary where this record made one usable. */
  async record(zoneId: string, record: TermRecord): Promise<number | undefined> {
    const gapMs = await inTransaction(this.dataSource, (manager) => this.write(manager, zoneId, record));
    this.events.wake();
    return gapMs;
  }

  async list(zoneId: string, beforeEpoch: string | undefined, limit: number): Promise<TermRow[]> {
    const bound = beforeEpoch === undefined ? '' : 'AND epoch < CAST(? AS UNSIGNED)';
    const sql = `SELECT ${columns} FROM terms WHERE zone_id = ? ${bound} ORDER BY epoch DESC LIMIT ${limit}`;
    const parameters = beforeEpoch === undefined ? [zoneId] : [zoneId, beforeEpoch];
    return guarded(() => this.dataSource.query<TermRow[]>(sql, parameters));
  }

  private async write(manager: EntityManager, zoneId: string, record: TermRecord): Promise<number | undefined> {
    switch (record.kind) {
      case 'appointed':
        await this.appointed(manager, zoneId, record);
        break;
      case 'seen':
        await this.insert(manager, zoneId, record);
        await this.endOlder(manager, zoneId, record.epoch, record.cause ?? 'unknown', record.sinceMs);
        if (record.ready) await this.ready(manager, zoneId, record);
        break;
      case 'ready':
        await this.ready(manager, zoneId, record);
        break;
      case 'ended':
        await this.ended(manager, zoneId, record);
        return undefined;
      case 'resumed':
        await manager.query('UPDATE terms SET to_at = NULL, end_cause = NULL WHERE zone_id = ? AND epoch = ?', [zoneId, record.epoch]);
        return undefined;
    }
    return this.closeGap(manager, zoneId);
  }

  /** Replicas record the end of a term and the ready of the next in either order; the gap is known once both are there. */
  private async closeGap(manager: EntityManager, zoneId: string): Promise<number | undefined> {
    const sql =
      'SELECT CAST(epoch AS CHAR) AS epoch, ready_at AS readyAt, to_at AS toAt, gap_ms AS gapMs FROM terms WHERE zone_id = ? AND ready_at IS NOT NULL ORDER BY epoch DESC LIMIT 2';
    const [newest, previous] = await manager.query<{ epoch: string; readyAt: Date; toAt: Date | null; gapMs: number | null }[]>(sql, [
      zoneId,
    ]);
    if (!newest || newest.gapMs !== null || !previous?.toAt) return undefined;
    const gapMs = Math.max(0, newest.readyAt.getTime() - previous.toAt.getTime());
    const set = 'UPDATE terms SET gap_ms = ? WHERE zone_id = ? AND epoch = ? AND gap_ms IS NULL';
    const { affectedRows } = await manager.query<Affected>(set, [gapMs, zoneId, newest.epoch]);
    return affectedRows === 1 ? gapMs : undefined;
  }

  private async appointed(manager: EntityManager, zoneId: string, record: Extract<TermRecord, { kind: 'appointed' }>): Promise<void> {
    const { epoch, agentId, cause, atMs, previous } = record;
    await this.endOlder(manager, zoneId, epoch, previous?.cause ?? cause, previous?.atMs ?? atMs);
    await this.insert(manager, zoneId, { epoch, agentId, cause, sinceMs: atMs });
  }

  private async insert(
    manager: EntityManager,
    zoneId: string,
    { epoch, agentId, cause = 'unknown', sinceMs }: { epoch: number; agentId: string; cause?: string | undefined; sinceMs: number },
  ): Promise<void> {
    const sql = 'INSERT IGNORE INTO terms (zone_id, epoch, agent_id, cause, from_at) VALUES (?, ?, ?, ?, ?)';
    const { affectedRows } = await manager.query<Affected>(sql, [zoneId, epoch, agentId, cause, new Date(sinceMs)]);
    if (affectedRows === 1) await this.tell(manager, { type: 'primary.appointed', zoneId, agentId, epoch, cause, atMs: sinceMs });
  }

  private async ready(
    manager: EntityManager,
    zoneId: string,
    { epoch, agentId, cause, sinceMs, atMs }: Extract<TermRecord, { kind: 'ready' | 'seen' }>,
  ): Promise<void> {
    await this.insert(manager, zoneId, { epoch, agentId, cause, sinceMs });
    const sql = 'UPDATE terms SET ready_at = ? WHERE zone_id = ? AND epoch = ? AND ready_at IS NULL';
    const { affectedRows } = await manager.query<Affected>(sql, [new Date(atMs), zoneId, epoch]);
    if (affectedRows === 1) await this.tell(manager, { type: 'primary.ready', zoneId, agentId, epoch, atMs });
  }

  private async ended(manager: EntityManager, zoneId: string, record: Extract<TermRecord, { kind: 'ended' }>): Promise<void> {
    const { epoch, agentId, cause, atMs } = record;
    const sql = 'UPDATE terms SET to_at = ?, end_cause = ? WHERE zone_id = ? AND epoch = ? AND to_at IS NULL';
    const { affectedRows } = await manager.query<Affected>(sql, [new Date(atMs), cause, zoneId, epoch]);
    if (affectedRows === 1) await this.tell(manager, { type: 'primary.ended', zoneId, agentId, epoch, cause, atMs });
  }

  /** The term before this one, and any whose end was not recorded. */
  private async endOlder(manager: EntityManager, zoneId: string, epoch: number, cause: string, atMs: number): Promise<void> {
    const sql =
      'SELECT CAST(epoch AS CHAR) AS epoch, agent_id AS agentId FROM terms WHERE zone_id = ? AND epoch < ? AND to_at IS NULL FOR UPDATE';
    for (const open of await manager.query<{ epoch: string; agentId: string }[]>(sql, [zoneId, epoch])) {
      const end = 'UPDATE terms SET to_at = GREATEST(?, from_at), end_cause = ? WHERE zone_id = ? AND epoch = ?';
      await manager.query(end, [new Date(atMs), cause, zoneId, open.epoch]);
      await this.tell(manager, { type: 'primary.ended', zoneId, agentId: open.agentId, epoch: Number(open.epoch), cause, atMs });
    }
  }

  private tell(manager: EntityManager, event: PrimaryEvent): Promise<void> {
    const { type, zoneId, agentId, atMs, ...data } = event;
    return this.events.append(manager, [{ type, zoneId, subjectId: agentId, data: { ...data, agentId }, atMs }]);
  }
}
