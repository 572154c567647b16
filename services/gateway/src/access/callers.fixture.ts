import type { Grant } from '@klevr/contracts/access';
import { newId } from '@klevr/contracts/ids';
import { createDataSource } from '@klevr/persistence/data-source';
import type { DataSource } from 'typeorm';
import { hashOfToken, newToken } from '../auth/bearer-token.js';

export interface TestUser {
  readonly id: string;
  /** Of a session. */
  readonly token: string;
}

/** People and tokens in the gateway's tables, without the price of a password. */
export class Callers {
  private constructor(readonly database: DataSource) {}

  static async open(url: string): Promise<Callers> {
    const database = createDataSource({ url, entities: [], migrations: [], migrationsTable: 'none' });
    await database.initialize();
    return new Callers(database);
  }

  async user(grants: readonly Grant[]): Promise<TestUser> {
    const [id, token, now] = [newId('user'), newToken('session'), new Date()];
    await this.query('INSERT INTO users (id, username, grants, created_at) VALUES (?, ?, ?, ?)', [id, id, JSON.stringify(grants), now]);
    const later = new Date(now.getTime() + 3_600_000);
    await this.query(
      'INSERT INTO sessions (id, token_hash, user_id, address, created_at, expires_at, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      [newId('login'), hashOfToken(token), id, '127.0.0.1', now, later, later],
    );
    return { id, token };
  }

  async apiToken(userId: string, grants: readonly Grant[]): Promise<string> {
    const token = newToken('apiToken');
    await this.query('INSERT INTO api_tokens (id, token_hash, prefix, name, user_id, grants, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)', [
      newId('apiToken'),
      hashOfToken(token),
      token.slice(0, 14),
      'test',
      userId,
      JSON.stringify(grants),
      new Date(),
    ]);
    return token;
  }

  query<T>(sql: string, values: unknown[] = []): Promise<T> {
    return this.database.query(sql, values);
  }

  close(): Promise<void> {
    return this.database.destroy();
  }
}
