import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Headless } from '@klevr/contracts/zone';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';
import { idempotencyKeys } from '../tables/names.js';

const scope = 'primary.absent';
/** Replicas see the beginning of an absence a moment apart; absences begin further apart than that, as each lasts until its alarm. */
const sameAbsenceMs = 5_000;

interface LastTerm {
  readonly agentId: string;
  readonly epoch: number | string;
  readonly toAt: Date | null;
  readonly endCause: string | null;
}

@Injectable()
export class HeadlessStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
  ) {}

  /** Tells of an absence, once, whichever replica comes first; where the zone never had a primary, once a day. */
  async alarm(zoneId: string, { since, reason, detail }: Headless, at: Date): Promise<void> {
    await inTransaction(this.dataSource, async (manager) => {
      const [zone] = await manager.query<unknown[]>('SELECT id FROM zones WHERE id = ? FOR UPDATE', [zoneId]);
      if (zone === undefined) return;
      const sql =
        'SELECT agent_id AS agentId, epoch, to_at AS toAt, end_cause AS endCause FROM terms WHERE zone_id = ? AND ready_at IS NOT NULL ORDER BY epoch DESC LIMIT 1';
      const [last] = await manager.query<LastTerm[]>(sql, [zoneId]);
      const from = last?.toAt ?? (since === null ? at : new Date(since));
      const bucket = Math.floor(from.getTime() / sameAbsenceMs);
      const keys = last === undefined ? [`${zoneId} never`] : [bucket - 1, bucket, bucket + 1].map((each) => `${zoneId} ${each}`);
      const told = `SELECT 1 FROM ${idempotencyKeys.name} WHERE scope = ? AND idempotency_key IN (?) LIMIT 1`;
      if ((await manager.query<unknown[]>(told, [scope, keys])).length > 0) return;
      const key = last === undefined ? `${zoneId} never` : `${zoneId} ${bucket}`;
      await once(manager, idempotencyKeys, { scope, key, digest: '-' }, async () => {
        const before = last && { agentId: last.agentId, epoch: Number(last.epoch), endCause: last.endCause };
        const data = { reason, detail, since: from.toISOString(), lastPrimary: before ?? null };
        await this.events.append(manager, [{ type: 'primary.absent', zoneId, subjectId: zoneId, data, atMs: at.getTime() }]);
        return true;
      });
    });
    this.events.wake();
  }
}
