import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';
import type { KnownSession } from './session-cache.js';
import type { User } from './session-schemas.js';

export interface NewSession {
  readonly id: string;
  readonly tokenHash: string;
  readonly userId: string;
  readonly address: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

interface SessionRow {
  id: string;
  username: string;
  role: User['role'];
  expires_at: Date;
}

const EXPIRED_AT_ONCE = 100;

@Injectable()
export class SessionsStore {
  constructor(private readonly dataSource: DataSource) {}

  async insert({ id, tokenHash, userId, address, createdAt, expiresAt }: NewSession): Promise<void> {
    await guarded(() =>
      this.dataSource.query('INSERT INTO sessions (id, token_hash, user_id, address, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)', [
        id,
        tokenHash,
        userId,
        address,
        createdAt,
        expiresAt,
      ]),
    );
  }

  async find(tokenHash: string, now: Date): Promise<KnownSession | undefined> {
    const rows = await guarded<SessionRow[]>(() =>
      this.dataSource.query(
        `SELECT u.id, u.username, u.role, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.token_hash = ? AND s.expires_at > ?`,
        [tokenHash, now],
      ),
    );
    const row = rows[0];
    return row && { user: { id: row.id, username: row.username, role: row.role }, expiresAtMs: row.expires_at.getTime() };
  }

  async remove(tokenHash: string): Promise<void> {
    await guarded(() => this.dataSource.query('DELETE FROM sessions WHERE token_hash = ?', [tokenHash]));
  }

  /** At every sign-in, so that the table holds no more than what was made in the life time of a session. */
  async removeExpired(now: Date): Promise<void> {
    await guarded(() => this.dataSource.query('DELETE FROM sessions WHERE expires_at <= ? LIMIT ?', [now, EXPIRED_AT_ONCE]));
  }
}
