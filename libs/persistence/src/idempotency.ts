import { AppError } from '@klevr/contracts/errors';
import type { EntityManager } from 'typeorm';
import { duplicateKey } from './database-errors.js';
import { jsonValue } from './columns.js';

/**
 * Makes a repeated request answer as the first did.
 *
 * Promises: the answer is stored in the transaction that did the work, so there is one exactly if the work is done; of requests with one key that
 * run at once, one works and the others wait for its commit and get its answer. The same key with another digest is IDEMPOTENCY_MISMATCH; a
 * replay of an answer that held a secret is SECRET_SHOWN_ONCE, and the secret is not stored.
 * Does not: keep keys for ever (`forgetOldKeys`), nor store failures: work that throws undoes the key with it.
 */
export interface IdempotencyKey {
  /** Whose key it is and for which call; keys of different scopes do not meet. */
  readonly scope: string;
  readonly key: string;
  /** Of the request: same key and digest is a replay. */
  readonly digest: string;
}

export interface IdempotencyTable {
  readonly name: string;
}

export const idempotencyTable = (service: string): IdempotencyTable => {
  const name = `idempotency_keys_${service.replaceAll('-', '_')}`;
  if (!/^[a-z0-9_]{1,60}$/.test(name)) throw new TypeError(`no table can be named after ${service}`);
  return { name };
};

/** Statements for a migration's `up`. */
export const createIdempotencySql = ({ name }: IdempotencyTable): string[] => [
  `CREATE TABLE IF NOT EXISTS ${name} (
    scope VARCHAR(160) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    idempotency_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    digest VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    secret BOOLEAN NOT NULL,
    response LONGTEXT NULL,
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    PRIMARY KEY (scope, idempotency_key),
    KEY ix_${name}_created (created_at)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
];

/** Statements for a migration's `down`. */
export const dropIdempotencySql = ({ name }: IdempotencyTable): string[] => [`DROP TABLE IF EXISTS ${name}`];

/** Whether the answer holds something that is shown once only. */
export interface OnceOptions {
  readonly secret?: boolean;
}

/**
 * Does `work` in the caller's transaction, or answers what it answered before. Call it before anything else in the transaction. The answer must
 * be plain JSON. Without a key the work is simply done.
 */
export async function once<T>(
  manager: EntityManager,
  table: IdempotencyTable,
  idempotency: IdempotencyKey | undefined,
  work: () => Promise<T>,
  options: OnceOptions = {},
): Promise<T> {
  if (idempotency === undefined) return work();
  const { scope, key, digest } = idempotency;
  const secret = options.secret ?? false;
  try {
    // Waits here for the end of another transaction with this key.
    await manager.query(`INSERT INTO ${table.name} (scope, idempotency_key, digest, secret) VALUES (?, ?, ?, ?)`, [
      scope,
      key,
      digest,
      secret,
    ]);
  } catch (error) {
    if (!duplicateKey(error)) throw error;
    return earlierAnswer<T>(manager, table, idempotency);
  }
  const answer = await work();
  if (!secret) {
    const sql = `UPDATE ${table.name} SET response = ? WHERE scope = ? AND idempotency_key = ?`;
    await manager.query(sql, [JSON.stringify(answer), scope, key]);
  }
  return answer;
}

/** Bounds the table: keys older than a day are no longer remembered. At most 1,000 a call; answers how many went. */
export async function forgetOldKeys(manager: EntityManager, { name }: IdempotencyTable): Promise<number> {
  const sql = `DELETE FROM ${name} WHERE created_at < UTC_TIMESTAMP(3) - INTERVAL 1 DAY LIMIT 1000`;
  const result = await manager.query<{ affectedRows: number }>(sql);
  return result.affectedRows;
}

interface StoredKey {
  digest: string;
  secret: number;
  response: unknown;
}

async function earlierAnswer<T>(manager: EntityManager, { name }: IdempotencyTable, { scope, key, digest }: IdempotencyKey): Promise<T> {
  const sql = `SELECT digest, secret, response FROM ${name} WHERE scope = ? AND idempotency_key = ?`;
  const [stored] = await manager.query<StoredKey[]>(sql, [scope, key]);
  if (stored === undefined) throw new AppError('UNAVAILABLE', 'The first request with this Idempotency-Key is being forgotten; try again');
  if (stored.digest !== digest) throw new AppError('IDEMPOTENCY_MISMATCH', 'This Idempotency-Key was used with another request');
  if (stored.secret) throw new AppError('SECRET_SHOWN_ONCE', 'This request was answered before; its secret is never shown again');
  return jsonValue(stored.response) as T;
}
