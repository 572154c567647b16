import { Injectable } from '@nestjs/common';
import type { Grant } from '@klevr/contracts/access';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { DataSource } from 'typeorm';
import { grantsOf } from '../auth/stored-grants.js';
import { idempotencyKeys } from '../tables.js';
import type { StoredUser } from './stored-user.js';
import { insertUser } from './user-changes.store.js';

export interface StoredInvitation {
  readonly id: string;
  readonly username: string | null;
  readonly grants: Grant[];
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
  readonly userId: string | null;
}

interface InvitationRow {
  readonly id: string;
  readonly username: string | null;
  readonly grants: unknown;
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly used_at: Date | null;
  readonly user_id: string | null;
}

const columns = 'id, username, grants, created_by, created_at, expires_at, used_at, user_id';

/** How long an invitation is told of after its end. */
const KEPT_MS = 30 * 86_400_000;
const REMOVED_AT_ONCE = 100;
const OPEN_INVITATIONS = 1_000;

@Injectable()
export class InvitationsStore {
  constructor(private readonly dataSource: DataSource) {}

  async create(invitation: StoredInvitation, tokenHash: string, idempotency: Idempotency | undefined): Promise<void> {
    const { id, username, grants, createdBy, createdAt, expiresAt } = invitation;
    await inTransaction(this.dataSource, (manager) =>
      once(
        manager,
        idempotencyKeys,
        idempotency,
        async () => {
          const ended = new Date(createdAt.getTime() - KEPT_MS);
          await manager.query('DELETE FROM invitations WHERE expires_at < ? LIMIT ?', [ended, REMOVED_AT_ONCE]);
          const open = 'SELECT COUNT(*) AS open FROM invitations WHERE used_at IS NULL AND expires_at > ?';
          const [counted] = await manager.query<{ open: number | string }[]>(open, [createdAt]);
          if (Number(counted?.open ?? 0) >= OPEN_INVITATIONS)
            throw new AppError('CONFLICT', `There are ${OPEN_INVITATIONS} open invitations, which is as many as there may be`);
          const sql = 'INSERT INTO invitations (id, token_hash, username, grants, created_by, created_at, expires_at) VALUES (?)';
          await manager.query(sql, [[id, tokenHash, username, JSON.stringify(grants), createdBy, createdAt, expiresAt]]);
          return null;
        },
        { secret: true },
      ),
    );
  }

  /** Of one person, or of all; in the order of their ids, after the given one. */
  async list(createdBy: string | undefined, after: string, limit: number): Promise<StoredInvitation[]> {
    const sql = `SELECT ${columns} FROM invitations WHERE (? IS NULL OR created_by = ?) AND id > ? ORDER BY id LIMIT ?`;
    const values = [createdBy ?? null, createdBy ?? null, after, limit];
    return (await guarded<InvitationRow[]>(() => this.dataSource.query(sql, values))).map(invitationOf);
  }

  /** False where there is none, or it is another's. */
  async remove(id: string, createdBy: string | undefined): Promise<boolean> {
    const sql = 'DELETE FROM invitations WHERE id = ? AND (? IS NULL OR created_by = ?)';
    const values = [id, createdBy ?? null, createdBy ?? null];
    return (await guarded<{ affectedRows: number }>(() => this.dataSource.query(sql, values))).affectedRows === 1;
  }

  async findOpen(tokenHash: string, now: Date): Promise<StoredInvitation | undefined> {
    const sql = `SELECT ${columns} FROM invitations WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?`;
    const [row] = await guarded<InvitationRow[]>(() => this.dataSource.query(sql, [tokenHash, now]));
    return row && invitationOf(row);
  }

  /** Makes the user and uses the invitation up, both or neither. False where another request has used it, or it was revoked. */
  use(id: string, user: StoredUser): Promise<boolean> {
    return inTransaction(this.dataSource, async (manager) => {
      const sql = 'UPDATE invitations SET used_at = ?, user_id = ? WHERE id = ? AND used_at IS NULL AND expires_at > ?';
      const values = [user.createdAt, user.id, id, user.createdAt];
      const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, values);
      if (affectedRows === 1) await insertUser(manager, user);
      return affectedRows === 1;
    });
  }
}

const invitationOf = (row: InvitationRow): StoredInvitation => ({
  id: row.id,
  username: row.username,
  grants: grantsOf(row.grants),
  createdBy: row.created_by,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  usedAt: row.used_at,
  userId: row.user_id,
});
