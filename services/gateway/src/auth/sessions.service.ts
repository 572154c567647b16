import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { Clock } from '@klevr/platform/clock';
import { PasswordHasher } from './password-hasher.js';
import { hashOfToken, newToken } from './bearer-token.js';
import { PrincipalsService } from './principals.service.js';
import type { CreateSession, CreatedSession } from './session-schemas.js';
import { SessionsStore } from './sessions.store.js';
import { UsersStore } from './users.store.js';

const LIFETIME_MS = 12 * 3_600_000;

/** Signs in and out. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly users: UsersStore,
    private readonly sessions: SessionsStore,
    private readonly passwords: PasswordHasher,
    private readonly principals: PrincipalsService,
    private readonly clock: Clock,
  ) {}

  async signIn({ username, password }: CreateSession, address: string): Promise<CreatedSession> {
    const user = await this.users.findByName(username);
    const matches = await this.passwords.verify(user?.passwordHash ?? undefined, password);
    if (!user || !matches) throw new AppError('BAD_CREDENTIALS', 'User name or password is wrong');
    const token = newToken('session');
    const createdAt = new Date(this.clock.nowMs());
    const expiresAt = new Date(createdAt.getTime() + LIFETIME_MS);
    await this.sessions.removeExpired(createdAt);
    await this.sessions.insert({ id: newId('login'), tokenHash: hashOfToken(token), userId: user.id, address, createdAt, expiresAt });
    return {
      token,
      expiresAt: expiresAt.toISOString(),
      user: { id: user.id, username: user.username, role: user.role, grants: user.grants },
    };
  }

  async signOut(loginId: string): Promise<void> {
    await this.sessions.remove(loginId);
    this.principals.changed({ loginId });
  }
}
