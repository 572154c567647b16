import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';

export interface StoredFlow {
  readonly hash: string;
  readonly redirectUri: string;
  readonly expiresAt: Date;
}

const EXPIRED_AT_ONCE = 100;

@Injectable()
export class FlowsStore {
  constructor(private readonly dataSource: DataSource) {}

  async insert({ hash, redirectUri, expiresAt }: StoredFlow): Promise<void> {
    const sql = 'INSERT INTO oidc_flows (flow_hash, redirect_uri, expires_at) VALUES (?, ?, ?)';
    await guarded(() => this.dataSource.query(sql, [hash, redirectUri, expiresAt]));
  }

  /** Of several at once, one takes it. */
  async take(hash: string, now: Date): Promise<StoredFlow | undefined> {
    const [row] = await guarded<{ redirect_uri: string; expires_at: Date }[]>(() =>
      this.dataSource.query('DELETE FROM oidc_flows WHERE flow_hash = ? AND expires_at > ? RETURNING redirect_uri, expires_at', [
        hash,
        now,
      ]),
    );
    return row && { hash, redirectUri: row.redirect_uri, expiresAt: row.expires_at };
  }

  /** At every new one, more than can come by it, so that the table does not grow. */
  async removeExpired(now: Date): Promise<void> {
    await guarded(() => this.dataSource.query('DELETE FROM oidc_flows WHERE expires_at <= ? LIMIT ?', [now, EXPIRED_AT_ONCE]));
  }
}
