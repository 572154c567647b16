import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';
import type { User } from './session-schemas.js';
import { highestRole } from './principal.js';
import { grantsOf } from './stored-grants.js';

export interface StoredUser extends User {
  /** Null for somebody who signs in elsewhere only. */
  readonly passwordHash: string | null;
}

interface UserRow {
  id: string;
  username: string;
  grants: unknown;
  password_hash: string | null;
}

@Injectable()
export class UsersStore {
  constructor(private readonly dataSource: DataSource) {}

  async findByName(username: string): Promise<StoredUser | undefined> {
    const rows = await guarded<UserRow[]>(() =>
      this.dataSource.query('SELECT id, username, grants, password_hash FROM users WHERE username = ? AND disabled_at IS NULL', [username]),
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    const grants = grantsOf(row.grants);
    return { id: row.id, username: row.username, role: highestRole(grants), grants, passwordHash: row.password_hash };
  }

  async isEmpty(): Promise<boolean> {
    const rows = await guarded<unknown[]>(() => this.dataSource.query('SELECT 1 FROM users LIMIT 1'));
    return rows.length === 0;
  }

  /** True if this call made the first user; of several at once, of one name, one does. */
  async insertFirst(user: StoredUser, at: Date): Promise<boolean> {
    const result = await guarded<{ affectedRows: number }>(() =>
      this.dataSource.query(
        `INSERT IGNORE INTO users (id, username, grants, password_hash, created_at)
         SELECT ?, ?, ?, ?, ? FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM users)`,
        [user.id, user.username, JSON.stringify(user.grants), user.passwordHash, at],
      ),
    );
    return result.affectedRows === 1;
  }
}
