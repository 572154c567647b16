import { Injectable } from '@nestjs/common';
import type { Grant } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { PrincipalsService } from '../auth/principals.service.js';
import { UsersStore } from '../auth/users.store.js';
import { newUser, type StoredUser, viewOf } from './stored-user.js';
import { type NewPassword, type Once, type UserChanges, UserChangesStore } from './user-changes.store.js';
import type { ListUsers, UserPage } from './user-requests.js';

type MadeUser = Parameters<typeof newUser>[0];

export interface IdentityUser {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly grants: Grant[];
}

/** People. What changes what they may do holds at every replica once it is answered here. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersStore,
    private readonly changes: UserChangesStore,
    private readonly principals: PrincipalsService,
    private readonly clock: Clock,
  ) {}

  findById(id: string): Promise<StoredUser | undefined> {
    return this.users.findById(id);
  }

  async get(id: string): Promise<StoredUser> {
    const user = await this.users.findById(id);
    if (user === undefined) throw new AppError('NOT_FOUND', 'There is no such user');
    return user;
  }

  async list({ limit, cursor = '' }: ListUsers): Promise<UserPage> {
    const found = await this.users.list(cursor, limit + 1);
    const items = found.slice(0, limit).map(viewOf);
    return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  findByIdentity(issuer: string, subject: string): Promise<StoredUser | undefined> {
    return this.users.findByIdentity(issuer, subject);
  }

  /** Throws CONFLICT where the name is taken. */
  create<T>(made: MadeUser, once: Once<T>): Promise<T> {
    return this.changes.create(newUser(made, this.now()), once);
  }

  /** Somebody without a password. Throws CONFLICT where the name is taken, or somebody has the identity. */
  async createFromIdentity({ issuer, subject, username, displayName, grants }: IdentityUser): Promise<StoredUser> {
    const user = newUser({ username, displayName, grants, passwordHash: null, mustChangePassword: false }, this.now());
    await this.changes.createFromIdentity(user, { issuer, subject });
    return user;
  }

  /** Throws CONFLICT where somebody has the identity. */
  link(userId: string, issuer: string, subject: string): Promise<void> {
    return this.changes.link(userId, { issuer, subject }, this.now());
  }

  /** Throws NOT_FOUND, PRECONDITION_FAILED, and WRONG_STATE where no admin of all zones could sign in any more. */
  async change(userId: string, ifRevision: number | undefined, changes: UserChanges): Promise<StoredUser> {
    const user = await this.changes.change(userId, ifRevision, changes, this.now());
    this.principals.changed({ userId });
    return user;
  }

  /** As `change`. Their sessions, API tokens and identities go with them. */
  async remove(userId: string, ifRevision: number | undefined): Promise<void> {
    await this.changes.remove(userId, ifRevision);
    this.principals.changed({ userId });
  }

  /** Ends their sessions, but for the one to keep. */
  async setPassword<T>(userId: string, password: NewPassword, once: Once<T>): Promise<T> {
    const answer = await this.changes.setPassword(userId, password, this.now(), once);
    this.principals.changed({ userId });
    return answer;
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
