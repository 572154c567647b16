import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { DataSource } from 'typeorm';

export interface StoredIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

interface IdentityRow {
  readonly issuer: string;
  readonly subject: string;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
}

/** More than anybody has. */
const LISTED = 100;

@Injectable()
export class IdentitiesStore {
  constructor(private readonly dataSource: DataSource) {}

  async listOf(userId: string): Promise<StoredIdentity[]> {
    const sql = 'SELECT issuer, subject, created_at, last_used_at FROM identities WHERE user_id = ? ORDER BY issuer, subject LIMIT ?';
    const rows = await guarded<IdentityRow[]>(() => this.dataSource.query(sql, [userId, LISTED]));
    return rows.map((row) => ({ issuer: row.issuer, subject: row.subject, createdAt: row.created_at, lastUsedAt: row.last_used_at }));
  }

  async touch(issuer: string, subject: string, at: Date): Promise<void> {
    const sql = 'UPDATE identities SET last_used_at = ? WHERE issuer = ? AND subject = ?';
    await guarded(() => this.dataSource.query(sql, [at, issuer, subject]));
  }

  /** Ends the user's sessions as well, since any may have come by it. False where the user has no such identity. */
  remove(userId: string, issuer: string, subject: string): Promise<boolean> {
    return inTransaction(this.dataSource, async (manager) => {
      const sql = 'DELETE FROM identities WHERE user_id = ? AND issuer = ? AND subject = ?';
      const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, [userId, issuer, subject]);
      if (affectedRows === 1) await manager.query('DELETE FROM sessions WHERE user_id = ?', [userId]);
      return affectedRows === 1;
    });
  }
}
