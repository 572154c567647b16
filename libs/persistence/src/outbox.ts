import { AppError } from '@klevr/contracts/errors';
import type { EntityManager } from 'typeorm';

/**
 * The outbox: messages written in the transaction that makes them true, published afterwards by `OutboxRelay`.
 * A message exists if and only if the transaction was committed. Its id goes out with it, so that the broker drops a second copy.
 */
export interface OutboxMessage {
  /** Becomes the broker's message id. */
  readonly id: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Below NATS's limit of 1 MiB for headers and body; a larger message could never be published, so it must not be accepted. */
const LARGEST_BODY_BYTES = 900 * 1024;
const ROWS_PER_INSERT = 500;

export interface OutboxTable {
  readonly name: string;
  /** One row, locked by the relay that is publishing. */
  readonly lockName: string;
}

export const outboxTable = (service: string): OutboxTable => {
  const name = `outbox_${service.replaceAll('-', '_')}`;
  if (!/^[a-z0-9_]{1,50}$/.test(name)) throw new TypeError(`no table can be named after ${service}`);
  return { name, lockName: `${name}_lock` };
};

/** Statements for a migration's `up`. */
export const createOutboxSql = ({ name, lockName }: OutboxTable): string[] => [
  `CREATE TABLE IF NOT EXISTS ${name} (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    headers MEDIUMTEXT NOT NULL,
    body MEDIUMTEXT NOT NULL,
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    refused VARCHAR(500) NULL,
    KEY ix_${name}_refused (refused(1), id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  `CREATE TABLE IF NOT EXISTS ${lockName} (id TINYINT NOT NULL PRIMARY KEY) ENGINE=InnoDB`,
  `INSERT IGNORE INTO ${lockName} (id) VALUES (1)`,
];

/** Statements for a migration's `down`. */
export const dropOutboxSql = ({ name, lockName }: OutboxTable): string[] => [
  `DROP TABLE IF EXISTS ${name}`,
  `DROP TABLE IF EXISTS ${lockName}`,
];

/**
 * Appends within the caller's transaction; wake the relay once that is committed.
 *
 * Messages of one subject are published in the order of their commits if their transactions lock a common row (the task's, say) before they append.
 */
export async function appendOutbox(manager: EntityManager, table: OutboxTable, messages: readonly OutboxMessage[]): Promise<void> {
  const rows = messages.map(({ id, subject, headers, body }) => [id, subject, JSON.stringify(headers), bodyText(subject, body)]);
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    const part = rows.slice(start, start + ROWS_PER_INSERT);
    const places = part.map(() => '(?, ?, ?, ?)').join(', ');
    await manager.query(`INSERT INTO ${table.name} (message_id, subject, headers, body) VALUES ${places}`, part.flat());
  }
}

function bodyText(subject: string, body: unknown): string {
  const text = JSON.stringify(body);
  const bytes = Buffer.byteLength(text);
  if (bytes > LARGEST_BODY_BYTES)
    throw new AppError('INTERNAL', `A message for ${subject} has ${bytes} bytes; ${LARGEST_BODY_BYTES} are possible`);
  return text;
}
