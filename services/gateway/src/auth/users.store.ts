import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';
import type { StoredUser } from '../users/stored-user.js';
import { grantsOf } from './stored-grants.js';

export interface UserRow {
  readonly id: string;
  readonly username: string;
  readonly display_name: string | null;
  readonly grants: unknown;
  readonly password_hash: string | null;
  readonly must_change_password: number;
  readonly disabled_at: Date | null;
  readonly created_at: Date;
  readonly last_sign_in_at: Date | null;
  readonly revision: number;
}

export const userColumns =
  'u.id, u.username, u.display_name, u.grants, u.password_hash, u.must_change_password, u.disabled_at, u.created_at, u.last_sign_in_at, u.revision';

export const userOf = (row: UserRow): StoredUser => ({
  id: row.id,
  username: row.username,
  displayName: row.display_name,
  grants: grantsOf(row.grants),
  passwordHash: row.password_hash,
  mustChangePassword: row.must_change_password !== 0,
  disabledAt: row.disabled_at,
  createdAt: row.created_at,
  lastSignInAt: row.last_sign_in_at,
  revision: row.revision,
});

/** Looks people up. Whoever is disabled is found too: what that means is for the caller. */
@Injectable()
export class UsersStore {
  constructor(private readonly dataSource: DataSource) {}

  findById(id: string): Promise<StoredUser | undefined> {
    return this.findOne('users u WHERE u.id = ?', [id]);
  }

  async findByName(username: string): Promise<StoredUser | undefined> {
    const user = await this.findOne('users u WHERE u.username = ?', [username]);
    // The database takes a name with spaces behind it for the same; failures to sign in are counted by what was written.
    return user?.username === username ? user : undefined;
  }

  /** Whoever signs in as this subject of this OpenID Connect issuer. */
  findByIdentity(issuer: string, subject: string): Promise<StoredUser | undefined> {
    return this.findOne('identities i JOIN users u ON u.id = i.user_id WHERE i.issuer = ? AND i.subject = ?', [issuer, subject]);
  }

  /** In the order of their ids, after the given one. */
  async list(after: string, limit: number): Promise<StoredUser[]> {
    const sql = `SELECT ${userColumns} FROM users u WHERE u.id > ? ORDER BY u.id LIMIT ?`;
    return (await guarded<UserRow[]>(() => this.dataSource.query(sql, [after, limit]))).map(userOf);
  }

  private async findOne(from: string, values: unknown[]): Promise<StoredUser | undefined> {
    const [row] = await guarded<UserRow[]>(() => this.dataSource.query(`SELECT ${userColumns} FROM ${from}`, values));
    return row && userOf(row);
  }
}
