import type { Grant } from '@klevr/contracts/access';
import { newId } from '@klevr/contracts/ids';
import { highestRole } from '../auth/principal.js';
import type { User } from './user-schemas.js';

/** Somebody as the database has them. */
export interface StoredUser {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly grants: Grant[];
  /** Null for somebody who signs in elsewhere only. */
  readonly passwordHash: string | null;
  readonly mustChangePassword: boolean;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  readonly lastSignInAt: Date | null;
  /** Counts what changes what they may do and how they come in. */
  readonly revision: number;
}

export const newUser = (
  made: Pick<StoredUser, 'username' | 'displayName' | 'grants' | 'passwordHash' | 'mustChangePassword'>,
  createdAt: Date,
): StoredUser => ({ ...made, id: newId('user'), disabledAt: null, createdAt, lastSignInAt: null, revision: 1 });

/** What is told of them. */
export const viewOf = ({ id, username, displayName, grants, ...user }: StoredUser): User => ({
  id,
  username,
  displayName,
  role: grants.length === 0 ? null : highestRole(grants),
  grants,
  disabled: user.disabledAt !== null,
  mustChangePassword: user.mustChangePassword,
  hasPassword: user.passwordHash !== null,
  createdAt: user.createdAt.toISOString(),
  lastSignInAt: user.lastSignInAt?.toISOString() ?? null,
  revision: user.revision,
});
