import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { DataSource } from 'typeorm';
import type { Principal } from './principal.js';
import { grantsOf } from './stored-grants.js';

export interface NewSession {
  readonly id: string;
  readonly tokenHash: string;
  readonly userId: string;
  /** Of the user as it was when it was verified. */
  readonly userRevision: number;
  readonly address: string;
  readonly userAgent: string | null;
  readonly method: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly endsAt: Date;
}

export interface StoredSession {
  readonly id: string;
  readonly userId: string;
  readonly username: string;
  readonly address: string;
  readonly userAgent: string | null;
  readonly method: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date;
  readonly endsAt: Date | null;
}

/** A session by one of its tokens. */
export interface FoundSession {
  readonly principal: Principal;
  readonly lastUsedAt: Date | null;
  /** The token was replaced so long ago that only somebody who took it can still use it. */
  readonly replaced: boolean;
}

export interface Renewal {
  readonly loginId: string;
  readonly tokenHash: string;
  readonly newHash: string;
  /** How long the replaced token is still good. */
  readonly previousUntil: Date;
  readonly expiresAt: Date;
}

interface FoundRow {
  readonly id: string;
  readonly user_id: string;
  readonly username: string;
  readonly grants: unknown;
  readonly must_change_password: number;
  readonly expires_at: Date;
  readonly last_used_at: Date | null;
  readonly previous_until: Date | null;
  readonly is_current: number;
}

interface SessionRow {
  readonly id: string;
  readonly user_id: string;
  readonly username: string;
  readonly address: string;
  readonly user_agent: string | null;
  readonly method: string;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
  readonly expires_at: Date;
  readonly ends_at: Date | null;
}

const EXPIRED_AT_ONCE = 100;

@Injectable()
export class SessionsStore {
  constructor(private readonly dataSource: DataSource) {}

  /** False where the user has been changed, disabled or removed since. */
  async insert(session: NewSession): Promise<boolean> {
    return inTransaction(this.dataSource, async (manager) => {
      // With a lock: who is being disabled, or gets another password now, has their sessions removed before or after this, not meanwhile.
      const sql = `INSERT INTO sessions (id, token_hash, user_id, address, user_agent, method, created_at, last_used_at, expires_at, ends_at)
        SELECT ?, ?, id, ?, ?, ?, ?, ?, ?, ? FROM users WHERE id = ? AND disabled_at IS NULL AND revision = ? FOR UPDATE`;
      const { id, tokenHash, userId, userRevision, address, userAgent, method, createdAt, expiresAt, endsAt } = session;
      const values = [id, tokenHash, address, userAgent, method, createdAt, createdAt, expiresAt, endsAt, userId, userRevision];
      const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, values);
      if (affectedRows === 1) await manager.query('UPDATE users SET last_sign_in_at = ? WHERE id = ?', [createdAt, userId]);
      return affectedRows === 1;
    });
  }

  async find(tokenHash: string, now: Date): Promise<FoundSession | undefined> {
    const [row] = await guarded<FoundRow[]>(() =>
      this.dataSource.query(
        `SELECT s.id, s.user_id, u.username, u.grants, u.must_change_password, s.expires_at, s.last_used_at, s.previous_until,
           s.token_hash = ? AS is_current
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE (s.token_hash = ? OR s.previous_hash = ?) AND s.expires_at > ? AND u.disabled_at IS NULL`,
        [tokenHash, tokenHash, tokenHash, now],
      ),
    );
    return row && foundOf(row, now);
  }

  /** False where the token is not the session's present one. */
  async renew({ loginId, tokenHash, newHash, previousUntil, expiresAt }: Renewal): Promise<boolean> {
    const { affectedRows } = await guarded<{ affectedRows: number }>(() =>
      this.dataSource.query(
        'UPDATE sessions SET previous_hash = token_hash, previous_until = ?, token_hash = ?, expires_at = ? WHERE id = ? AND token_hash = ?',
        [previousUntil, newHash, expiresAt, loginId, tokenHash],
      ),
    );
    return affectedRows === 1;
  }

  async findById(id: string, now: Date): Promise<StoredSession | undefined> {
    return (await this.select('s.id = ?', [id], now, '', 1))[0];
  }

  /** In the order of their ids, after the given one. */
  listOf(userId: string, now: Date, after: string, limit: number): Promise<StoredSession[]> {
    return this.select('s.user_id = ?', [userId], now, after, limit);
  }

  /** Whether somebody of this name has a session that was opened from this address. */
  async isKnownAddress(username: string, address: string, now: Date): Promise<boolean> {
    const rows = await guarded<unknown[]>(() =>
      this.dataSource.query(
        'SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.username = ? AND s.address = ? AND s.expires_at > ? LIMIT 1',
        [username, address, now],
      ),
    );
    return rows.length > 0;
  }

  async touch(id: string, now: Date): Promise<void> {
    await guarded(() => this.dataSource.query('UPDATE sessions SET last_used_at = ? WHERE id = ?', [now, id]));
  }

  /** False where it had ended already. */
  async remove(id: string): Promise<boolean> {
    const sql = 'DELETE FROM sessions WHERE id = ?';
    return (await guarded<{ affectedRows: number }>(() => this.dataSource.query(sql, [id]))).affectedRows === 1;
  }

  async removeOthers(userId: string, keptId: string): Promise<void> {
    await guarded(() => this.dataSource.query('DELETE FROM sessions WHERE user_id = ? AND id <> ?', [userId, keptId]));
  }

  /** All but this many of the newest; answers which went. */
  async removeOldest(userId: string, kept: number): Promise<string[]> {
    const sql = 'SELECT id FROM sessions WHERE user_id = ? ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?';
    const rows = await guarded<{ id: string }[]>(() => this.dataSource.query(sql, [userId, EXPIRED_AT_ONCE, kept]));
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) await guarded(() => this.dataSource.query('DELETE FROM sessions WHERE id IN (?)', [ids]));
    return ids;
  }

  /** At every sign-in, so that the table holds no more than what was made in the life time of a session. */
  async removeExpired(now: Date): Promise<void> {
    await guarded(() => this.dataSource.query('DELETE FROM sessions WHERE expires_at <= ? LIMIT ?', [now, EXPIRED_AT_ONCE]));
  }

  private async select(which: string, values: unknown[], now: Date, after: string, limit: number): Promise<StoredSession[]> {
    const sql = `SELECT s.id, s.user_id, u.username, s.address, s.user_agent, s.method, s.created_at, s.last_used_at, s.expires_at, s.ends_at
      FROM sessions s JOIN users u ON u.id = s.user_id WHERE ${which} AND s.expires_at > ? AND s.id > ? ORDER BY s.id LIMIT ?`;
    return (await guarded<SessionRow[]>(() => this.dataSource.query(sql, [...values, now, after, limit]))).map(sessionOf);
  }
}

const sessionOf = (row: SessionRow): StoredSession => ({
  id: row.id,
  userId: row.user_id,
  username: row.username,
  address: row.address,
  userAgent: row.user_agent,
  method: row.method,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  expiresAt: row.expires_at,
  endsAt: row.ends_at,
});

function foundOf(row: FoundRow, now: Date): FoundSession {
  const goodUntil = row.is_current !== 0 ? row.expires_at : earlier(row.expires_at, row.previous_until ?? now);
  return {
    principal: {
      kind: 'session',
      id: row.id,
      userId: row.user_id,
      username: row.username,
      grants: grantsOf(row.grants),
      expiresAtMs: goodUntil.getTime(),
      ...(row.must_change_password === 0 ? {} : { mustChangePassword: true }),
    },
    lastUsedAt: row.last_used_at,
    replaced: goodUntil <= now,
  };
}

const earlier = (one: Date, other: Date): Date => (one < other ? one : other);
