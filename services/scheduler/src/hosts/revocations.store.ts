import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '@klevr/contracts/errors';
import { guarded } from '@klevr/persistence/database-errors';

export interface RevokedKey {
  readonly publicKey: string;
  readonly revokedAt: Date;
  /** The NATS servers have it. */
  readonly pushed: boolean;
}

export interface NewRevocation {
  readonly publicKey: string;
  readonly agentId: string;
  readonly zoneId: string;
  readonly reason: string;
  readonly at: Date;
}

/** The account's JWT carries each of them, and has to fit one message of a server with the usual limit of 1 MiB. */
const mostRevocations = 10_000;

const lockSql = "CONCAT(DATABASE(), '.revocations')";
const lockWaitSeconds = 10;
const columns = 'public_key AS publicKey, revoked_at AS revokedAt, pushed';

type Row = Omit<RevokedKey, 'pushed'> & { readonly pushed: number };

/** Keys of agents that are agents no more. A row outlives every JWT that was issued to its key. */
@Injectable()
export class RevocationsStore {
  constructor(private readonly dataSource: DataSource) {}

  /** In the transaction that takes the key from its agent; again changes nothing. RATE_LIMITED where the list is full. */
  async add(manager: EntityManager, revocations: readonly NewRevocation[]): Promise<void> {
    if (revocations.length === 0) return;
    const [count] = await manager.query<{ number: number | string }[]>('SELECT COUNT(*) AS number FROM revocations');
    if (Number(count?.number ?? 0) + revocations.length > mostRevocations) {
      const message = `No more than ${mostRevocations} agents can be removed within 8 days`;
      throw new AppError('RATE_LIMITED', message, { retryAfterSeconds: 3_600 });
    }
    const values = revocations.map(({ publicKey, agentId, zoneId, reason, at }) => [publicKey, agentId, zoneId, reason, at]);
    await manager.query('INSERT IGNORE INTO revocations (public_key, agent_id, zone_id, reason, revoked_at) VALUES ?', [values]);
  }

  async isRevoked(manager: EntityManager, publicKey: string): Promise<boolean> {
    const rows = await manager.query<unknown[]>('SELECT 1 FROM revocations WHERE public_key = ?', [publicKey]);
    return rows.length > 0;
  }

  /** The keys that this agent once had. */
  keysOf(agentId: string): Promise<RevokedKey[]> {
    return this.select(`SELECT ${columns} FROM revocations WHERE agent_id = ?`, [agentId]);
  }

  all(): Promise<RevokedKey[]> {
    return this.select(`SELECT ${columns} FROM revocations`, []);
  }

  async markPushed(keys: readonly RevokedKey[]): Promise<void> {
    const fresh = keys.filter(({ pushed }) => !pushed).map(({ publicKey }) => publicKey);
    if (fresh.length === 0) return;
    await guarded(() => this.dataSource.query('UPDATE revocations SET pushed = TRUE WHERE public_key IN (?)', [fresh]));
  }

  async anyNotPushed(): Promise<boolean> {
    const rows = await guarded(() => this.dataSource.query<unknown[]>('SELECT 1 FROM revocations WHERE pushed = FALSE LIMIT 1'));
    return rows.length > 0;
  }

  async forgetBefore(time: Date): Promise<void> {
    await guarded(() => this.dataSource.query('DELETE FROM revocations WHERE revoked_at < ? LIMIT 1000', [time]));
  }

  /** One replica at a time; the others wait. */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await guarded(() => runner.connect());
      const sql = `SELECT GET_LOCK(${lockSql}, ?) AS taken`;
      const [lock] = await guarded(() => runner.manager.query<{ taken: number | null }[]>(sql, [lockWaitSeconds]));
      if (lock?.taken !== 1) throw new AppError('UNAVAILABLE', 'Other agents are being removed', { retryAfterSeconds: 2 });
      try {
        return await work();
      } finally {
        await runner.manager.query(`SELECT RELEASE_LOCK(${lockSql})`);
      }
    } finally {
      await runner.release();
    }
  }

  private async select(sql: string, parameters: unknown[]): Promise<RevokedKey[]> {
    const rows = await guarded(() => this.dataSource.query<Row[]>(sql, parameters));
    return rows.map((row) => ({ ...row, pushed: Boolean(row.pushed) }));
  }
}
