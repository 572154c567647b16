import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import type { StoredUser } from '../users/stored-user.js';
import { UserChangesStore } from '../users/user-changes.store.js';
import { AttemptsService } from './attempts.service.js';
import { PasswordHasher } from './password-hasher.js';
import type { CreateSession, CreatedSession } from './session-schemas.js';
import { SessionsService, type SessionOrigin } from './sessions.service.js';
import { UsersStore } from './users.store.js';

/** Signs in with a password. A name that does not exist, one that is disabled and a wrong password are answered alike, after the same work. */
@Injectable()
export class SignInService {
  constructor(
    private readonly users: UsersStore,
    private readonly changes: UserChangesStore,
    private readonly passwords: PasswordHasher,
    private readonly attempts: AttemptsService,
    private readonly sessions: SessionsService,
  ) {}

  async signIn({ username, password }: CreateSession, origin: Omit<SessionOrigin, 'method'>): Promise<CreatedSession> {
    const user = await this.attempts.guard(username, origin.address, () => this.verified(username, password));
    if (user === undefined) throw new AppError('BAD_CREDENTIALS', 'User name or password is wrong');
    return this.sessions.open(user, { ...origin, method: 'password' });
  }

  private async verified(username: string, password: string): Promise<StoredUser | undefined> {
    const found = await this.users.findByName(username);
    const user = found?.disabledAt === null ? found : undefined;
    const stored = user?.passwordHash ?? undefined;
    if (!(await this.passwords.verify(stored, password)) || user === undefined || stored === undefined) return undefined;
    if (this.passwords.isOutdated(stored)) await this.changes.rehash(user.id, stored, await this.passwords.hash(password));
    return user;
  }
}
