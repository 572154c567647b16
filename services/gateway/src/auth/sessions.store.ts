import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';
import type { Principal } from './principal.js';
import { grantsOf } from './stored-grants.js';

export interface NewSession {
  readonly id: string;
  readonly tokenHash: string;
  readonly userId: string;
  readonly address: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

interface SessionRow {
  readonly id: string;
  readonly user_id: string;
  readonly username: string;
  readonly grants: unknown;
  readonly expires_at: Date;
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

  async findPrincipal(tokenHash: string, now: Date): Promise<Principal | undefined> {
    const [row] = await guarded<SessionRow[]>(() =>
      this.dataSource.query(
        `SELECT s.id, s.user_id, u.username, u.grants, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.token_hash = ? AND s.expires_at > ? AND u.disabled_at IS NULL`,
        [tokenHash, now],
      ),
    );
    return (
      row && {
        kind: 'session',
        id: row.id,
        userId: row.user_id,
        username: row.username,
        grants: grantsOf(row.grants),
        expiresAtMs: row.expires_at.getTime(),
      }
    );
  }

  async remove(id: string): Promise<void> {
    await guarded(() => this.dataSource.query('DELETE FROM sessions WHERE id = ?', [id]));
  }

  /** At every sign-in, so that the table holds no more than what was made in the life time of a session. */
  async removeExpired(now: Date): Promise<void> {
    await guarded(() => this.dataSource.query('DELETE FROM sessions WHERE expires_at <= ? LIMIT ?', [now, EXPIRED_AT_ONCE]));
  }
}
