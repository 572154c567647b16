import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';
import type { AuditEntry } from './audit-entry.js';

const REMOVED_AT_ONCE = 5_000;

@Injectable()
export class AuditStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Entries that are there already stay as they are, so a batch whose fate is unknown can be written again. */
  async insert(entries: readonly AuditEntry[]): Promise<void> {
    const places = entries.map(() => '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ');
    const values = entries.flatMap((entry) => [
      entry.id,
      entry.at,
      entry.userId,
      entry.username,
      entry.address,
      entry.action,
      entry.target,
      entry.status,
      entry.code,
      entry.traceId,
    ]);
    await guarded(() =>
      this.dataSource.query(
        `INSERT IGNORE INTO audit (id, at, user_id, username, address, action, target, status, code, trace_id) VALUES ${places}`,
        values,
      ),
    );
  }

  async removeBefore(time: Date): Promise<void> {
    await guarded(() => this.dataSource.query('DELETE FROM audit WHERE at < ? LIMIT ?', [time, REMOVED_AT_ONCE]));
  }
}
