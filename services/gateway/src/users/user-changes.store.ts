import { Injectable } from '@nestjs/common';
import type { Grant } from '@klevr/contracts/access';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { duplicateKey, guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { DataSource, type EntityManager } from 'typeorm';
import { type UserRow, userColumns, userOf } from '../auth/users.store.js';
import { idempotencyKeys } from '../tables.js';
import type { StoredUser } from './stored-user.js';

/** Who somebody is at an OpenID Connect issuer. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/** What is undefined stays. */
export interface UserChanges {
  readonly displayName?: string | null | undefined;
  readonly grants?: readonly Grant[] | undefined;
  readonly disabled?: boolean | undefined;
  readonly mustChangePassword?: boolean | undefined;
}

export interface NewPassword {
  /** Null takes the password away. */
  readonly hash: string | null;
  readonly mustChange: boolean;
  /** The one session that goes on, if any. */
  readonly keptLoginId?: string | undefined;
}

/** What the request is answered with, and what that takes to be given again to a repeated one. */
export interface Once<T> {
  readonly answer: (user: StoredUser) => T;
  readonly idempotency?: Idempotency | undefined;
  /** The answer holds something that is shown once. */
  readonly secret?: boolean;
}

/** Makes, changes and removes people, each in one transaction with what has to end by it. */
@Injectable()
export class UserChangesStore {
  constructor(private readonly dataSource: DataSource) {}

  create<T>(user: StoredUser, { answer, idempotency, secret = false }: Once<T>): Promise<T> {
    const work = (manager: EntityManager): Promise<T> => insertUser(manager, user).then(() => answer(user));
    return inTransaction(this.dataSource, (manager) => once(manager, idempotencyKeys, idempotency, () => work(manager), { secret }));
  }

  createFromIdentity(user: StoredUser, identity: Identity): Promise<void> {
    return inTransaction(this.dataSource, async (manager) => {
      await insertUser(manager, user);
      await insertIdentity(manager, user.id, identity, user.createdAt);
    });
  }

  async link(userId: string, identity: Identity, at: Date): Promise<void> {
    await guarded(() => insertIdentity(this.dataSource.manager, userId, identity, at));
  }

  async isEmpty(): Promise<boolean> {
    const rows = await guarded<unknown[]>(() => this.dataSource.query('SELECT 1 FROM users LIMIT 1'));
    return rows.length === 0;
  }

  /** True if this call made the first user; of several at once, of one name, one does. */
  async insertFirst(user: StoredUser): Promise<boolean> {
    const result = await guarded<{ affectedRows: number }>(() =>
      this.dataSource.query(
        `INSERT IGNORE INTO users (id, username, grants, password_hash, must_change_password, created_at)
         SELECT ?, ?, ?, ?, ?, ? FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM users)`,
        [user.id, user.username, JSON.stringify(user.grants), user.passwordHash, user.mustChangePassword, user.createdAt],
      ),
    );
    return result.affectedRows === 1;
  }

  /** Throws NOT_FOUND, PRECONDITION_FAILED, and WRONG_STATE where no admin of all zones could sign in any more. */
  change(id: string, ifRevision: number | undefined, changes: UserChanges, at: Date): Promise<StoredUser> {
    return inTransaction(this.dataSource, async (manager) => {
      const before = await lockUser(manager, id, ifRevision);
      const after: StoredUser = {
        ...before,
        displayName: changes.displayName === undefined ? before.displayName : changes.displayName,
        grants: changes.grants === undefined ? before.grants : [...changes.grants],
        disabledAt: changes.disabled === undefined ? before.disabledAt : changes.disabled ? (before.disabledAt ?? at) : null,
        mustChangePassword: changes.mustChangePassword ?? before.mustChangePassword,
        revision: before.revision + 1,
      };
      if (changes.mustChangePassword === true && before.passwordHash === null)
        throw new AppError('WRONG_STATE', 'This user has no password to change');
      await manager.query(
        'UPDATE users SET display_name = ?, grants = ?, disabled_at = ?, must_change_password = ?, revision = ? WHERE id = ?',
        [after.displayName, JSON.stringify(after.grants), after.disabledAt, after.mustChangePassword, after.revision, id],
      );
      if (after.disabledAt !== null) await manager.query('DELETE FROM sessions WHERE user_id = ?', [id]);
      if (isFleetAdmin(before)) await refuseWithoutAdmin(manager);
      return after;
    });
  }

  remove(id: string, ifRevision: number | undefined): Promise<void> {
    return inTransaction(this.dataSource, async (manager) => {
      const before = await lockUser(manager, id, ifRevision);
      // Sessions, API tokens and identities go with it.
      await manager.query('DELETE FROM users WHERE id = ?', [id]);
      if (isFleetAdmin(before)) await refuseWithoutAdmin(manager);
    });
  }

  /** Ends the user's sessions, but for the one to keep. */
  setPassword<T>(id: string, password: NewPassword, at: Date, { answer, idempotency, secret = false }: Once<T>): Promise<T> {
    const work = async (manager: EntityManager): Promise<T> => {
      const { hash, mustChange, keptLoginId = '' } = password;
      const before = await lockUser(manager, id, undefined);
      const after = { ...before, passwordHash: hash, mustChangePassword: mustChange, revision: before.revision + 1 };
      const sql = 'UPDATE users SET password_hash = ?, password_changed_at = ?, must_change_password = ?, revision = ? WHERE id = ?';
      await manager.query(sql, [hash, at, mustChange, after.revision, id]);
      await manager.query('DELETE FROM sessions WHERE user_id = ? AND id <> ?', [id, keptLoginId]);
      return answer(after);
    };
    return inTransaction(this.dataSource, (manager) => once(manager, idempotencyKeys, idempotency, () => work(manager), { secret }));
  }

  /** The same password under new parameters; nothing happens where it was changed meanwhile. */
  async rehash(id: string, oldHash: string, newHash: string): Promise<void> {
    await guarded(() =>
      this.dataSource.query('UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?', [newHash, id, oldHash]),
    );
  }
}

export async function insertUser(manager: EntityManager, user: StoredUser): Promise<void> {
  const { id, username, displayName, passwordHash, mustChangePassword, createdAt } = user;
  const sql = 'INSERT INTO users (id, username, display_name, grants, password_hash, must_change_password, created_at) VALUES (?)';
  const values = [id, username, displayName, JSON.stringify(user.grants), passwordHash, mustChangePassword, createdAt];
  await manager.query(sql, [values]).catch((error: unknown) => {
    if (!duplicateKey(error)) throw error;
    throw new AppError('CONFLICT', `There is a user ${username} already`, { errors: [{ path: 'username', message: 'is taken' }] });
  });
}

async function insertIdentity(manager: EntityManager, userId: string, { issuer, subject }: Identity, at: Date): Promise<void> {
  const sql = 'INSERT INTO identities (issuer, subject, user_id, created_at) VALUES (?, ?, ?, ?)';
  await manager.query(sql, [issuer, subject, userId, at]).catch((error: unknown) => {
    if (!duplicateKey(error)) throw error;
    throw new AppError('CONFLICT', 'Somebody signs in with this identity already');
  });
}

async function lockUser(manager: EntityManager, id: string, ifRevision: number | undefined): Promise<StoredUser> {
  const [row] = await manager.query<UserRow[]>(`SELECT ${userColumns} FROM users u WHERE u.id = ? FOR UPDATE`, [id]);
  if (row === undefined) throw new AppError('NOT_FOUND', 'There is no such user');
  if (ifRevision !== undefined && ifRevision !== row.revision)
    throw new AppError('PRECONDITION_FAILED', `The user is at revision ${row.revision} by now`);
  return userOf(row);
}

const isFleetAdmin = ({ grants }: StoredUser): boolean => grants.some(({ role, zones }) => role === 'admin' && zones === null);

/**
 * Looks with locks, after the change: of two that take the last two admins away at once, one meets the other's lock, and the database undoes one of
 * them, which is then done again and refused.
 */
async function refuseWithoutAdmin(manager: EntityManager): Promise<void> {
  const rows = await manager.query<UserRow[]>(
    `SELECT ${userColumns} FROM users u WHERE u.disabled_at IS NULL AND u.grants LIKE '%admin%'
     AND (u.password_hash IS NOT NULL OR EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)) FOR UPDATE`,
  );
  if (rows.map(userOf).some(isFleetAdmin)) return;
  throw new AppError('WRONG_STATE', 'This is the last admin of all zones who can sign in; make another one first');
}
