import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { PasswordHasher } from './password-hasher.js';
import type { CreateSession, CreatedSession } from './session-schemas.js';
import { SessionsService, type SessionOrigin } from './sessions.service.js';
import { UsersStore } from './users.store.js';

/** Signs in with a password. */
@Injectable()
export class SignInService {
  constructor(
    private readonly users: UsersStore,
    private readonly passwords: PasswordHasher,
    private readonly sessions: SessionsService,
  ) {}

  async signIn({ username, password }: CreateSession, origin: Omit<SessionOrigin, 'method'>): Promise<CreatedSession> {
    const user = await this.users.findByName(username);
    const known = user?.disabledAt === null ? user : undefined;
    const matches = await this.passwords.verify(known?.passwordHash ?? undefined, password);
    if (!known || !matches) throw new AppError('BAD_CREDENTIALS', 'User name or password is wrong');
    return this.sessions.open(known, { ...origin, method: 'password' });
  }
}
