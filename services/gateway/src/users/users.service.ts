import { Injectable } from '@nestjs/common';
import type { Grant } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { UsersStore } from '../auth/users.store.js';
import { PrincipalsService } from '../auth/principals.service.js';
import { newUser, type StoredUser } from './stored-user.js';
import { UserChangesStore } from './user-changes.store.js';

export interface IdentityUser {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly grants: Grant[];
}

/** People as other parts of the gateway know them. */
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

  findByIdentity(issuer: string, subject: string): Promise<StoredUser | undefined> {
    return this.users.findByIdentity(issuer, subject);
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

  /** What somebody may do is another now, by what their provider says of them. */
  async setGrants(id: string, grants: readonly Grant[]): Promise<StoredUser> {
    const user = await this.changes.change(id, undefined, { grants }, this.now());
    this.principals.changed({ userId: id });
    return user;
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
