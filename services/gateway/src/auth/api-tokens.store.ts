import { Injectable } from '@nestjs/common';
import type { Grant } from '@klevr/contracts/access';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { DataSource, type EntityManager } from 'typeorm';
import { idempotencyKeys } from '../tables.js';
import { commonGrants, type Principal } from './principal.js';
import { grantsOf } from './stored-grants.js';

export interface StoredApiToken {
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
  readonly userId: string;
  readonly username: string;
  readonly grants: readonly Grant[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revision: number;
}

interface PrincipalRow {
  readonly id: string;
  readonly user_id: string;
  readonly username: string;
  readonly token_grants: unknown;
  readonly user_grants: unknown;
  readonly expires_at: Date | null;
}

interface TokenRow extends Omit<StoredApiToken, 'grants'> {
  readonly grants: unknown;
}

const TOKENS_A_USER = 200;
const REMOVED_AT_ONCE = 1_000;

const select = `SELECT t.id, t.prefix, t.name, t.user_id AS userId, u.username, t.grants, t.created_at AS createdAt, t.expires_at AS expiresAt,
  t.last_used_at AS lastUsedAt, t.revision FROM api_tokens t JOIN users u ON u.id = t.user_id`;

@Injectable()
export class ApiTokensStore {
  constructor(private readonly dataSource: DataSource) {}

  async findPrincipal(tokenHash: string, now: Date): Promise<Principal | undefined> {
    const [row] = await guarded<PrincipalRow[]>(() =>
      this.dataSource.query(
        `SELECT t.id, t.user_id, u.username, t.grants AS token_grants, u.grants AS user_grants, t.expires_at
         FROM api_tokens t JOIN users u ON u.id = t.user_id
         WHERE t.token_hash = ? AND (t.expires_at IS NULL OR t.expires_at > ?) AND u.disabled_at IS NULL`,
        [tokenHash, now],
      ),
    );
    return (
      row && {
        kind: 'apiToken',
        id: row.id,
        userId: row.user_id,
        username: row.username,
        grants: commonGrants(grantsOf(row.token_grants), grantsOf(row.user_grants)),
        expiresAtMs: row.expires_at?.getTime() ?? Infinity,
      }
    );
  }

  /** Throws CONFLICT where the user has as many as can be. */
  async create(token: Omit<StoredApiToken, 'username'>, tokenHash: string, idempotency: Idempotency | undefined): Promise<void> {
    const { id, prefix, name, userId, grants, createdAt, expiresAt } = token;
    const work = async (manager: EntityManager): Promise<null> => {
      await refuseMore(manager, userId, createdAt);
      await manager.query(
        'INSERT INTO api_tokens (id, token_hash, prefix, name, user_id, grants, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        [id, tokenHash, prefix, name, userId, JSON.stringify(grants), createdAt, expiresAt],
      );
      return null;
    };
    await inTransaction(this.dataSource, (manager) => once(manager, idempotencyKeys, idempotency, () => work(manager), { secret: true }));
  }

  async find(id: string): Promise<StoredApiToken | undefined> {
    return (await this.read(`${select} WHERE t.id = ?`, [id]))[0];
  }

  /** Newest first; of one user, or of everybody. */
  list(userId: string | undefined, beforeId: string | undefined, limit: number): Promise<StoredApiToken[]> {
    const conditions: [string, string][] = [];
    if (userId !== undefined) conditions.push(['t.user_id = ?', userId]);
    if (beforeId !== undefined) conditions.push(['t.id < ?', beforeId]);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
    return this.read(`${select} ${where} ORDER BY t.id DESC LIMIT ?`, [...conditions.map(([, value]) => value), limit]);
  }

  /** False where it is not at this revision any more. */
  async rename(id: string, name: string, revision: number): Promise<boolean> {
    const sql = 'UPDATE api_tokens SET name = ?, revision = revision + 1 WHERE id = ? AND revision = ?';
    return (await guarded<{ affectedRows: number }>(() => this.dataSource.query(sql, [name, id, revision]))).affectedRows === 1;
  }

  async remove(id: string): Promise<void> {
    await guarded(() => this.dataSource.query('DELETE FROM api_tokens WHERE id = ?', [id]));
  }

  async touch(ids: readonly string[], at: Date): Promise<void> {
    const sql = 'UPDATE api_tokens SET last_used_at = ? WHERE id IN (?) AND (last_used_at IS NULL OR last_used_at < ?)';
    await guarded(() => this.dataSource.query(sql, [at, ids, at]));
  }

  /** Of those that ended before, a number at once; answers whether that was all. */
  async removeEnded(before: Date): Promise<boolean> {
    const sql = 'DELETE FROM api_tokens WHERE expires_at < ? LIMIT ?';
    const { affectedRows } = await guarded<{ affectedRows: number }>(() => this.dataSource.query(sql, [before, REMOVED_AT_ONCE]));
    return affectedRows < REMOVED_AT_ONCE;
  }

  private async read(sql: string, values: unknown[]): Promise<StoredApiToken[]> {
    const rows = await guarded<TokenRow[]>(() => this.dataSource.query(sql, values));
    return rows.map((row) => ({ ...row, grants: grantsOf(row.grants) }));
  }
}

/** The user's row is locked until the token is in the table. Those that have ended make room. */
async function refuseMore(manager: EntityManager, userId: string, now: Date): Promise<void> {
  const users = await manager.query<unknown[]>('SELECT id FROM users WHERE id = ? AND disabled_at IS NULL FOR UPDATE', [userId]);
  if (users.length === 0) throw new AppError('UNAUTHENTICATED', 'This user is no more');
  if ((await countOf(manager, userId)) < TOKENS_A_USER) return;
  await manager.query('DELETE FROM api_tokens WHERE user_id = ? AND expires_at <= ?', [userId, now]);
  if ((await countOf(manager, userId)) < TOKENS_A_USER) return;
  throw new AppError('CONFLICT', `You have ${TOKENS_A_USER} API tokens, which is the most there can be`);
}

async function countOf(manager: EntityManager, userId: string): Promise<number> {
  const sql = 'SELECT COUNT(*) AS number FROM api_tokens WHERE user_id = ?';
  const [row] = await manager.query<{ number: number | string }[]>(sql, [userId]);
  return Number(row?.number ?? 0);
}
