import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { Clock } from '@klevr/platform/clock';
import { PasswordHasher } from './password-hasher.js';
import { type KnownSession, SessionCache } from './session-cache.js';
import type { CreateSession, CreatedSession, User } from './session-schemas.js';
import { hashOfToken, isSessionToken, newSessionToken } from './session-token.js';
import { SessionsStore } from './sessions.store.js';
import { UsersStore } from './users.store.js';

const LIFETIME_MS = 12 * 3_600_000;
const CACHE_AGE_MS = 5_000;
const CACHED_SESSIONS = 10_000;
/** A request waits no longer than this for the database to say who asks. */
const LOOKUP_TIMEOUT_MS = 2_000;

/**
 * Signs in and out, and tells who a token belongs to.
 *
 * A verified session is believed for five seconds without asking the database. So a sign-out holds at once at the replica that took it, and
 * within five seconds at the others; and callers that were just here go on for as long while the database is away.
 */
@Injectable()
export class SessionsService {
  private readonly cache = new SessionCache(CACHE_AGE_MS, CACHED_SESSIONS);
  private readonly signOutListeners = new Set<(token: string) => void>();

  constructor(
    private readonly users: UsersStore,
    private readonly sessions: SessionsStore,
    private readonly passwords: PasswordHasher,
    private readonly clock: Clock,
  ) {}

  async signIn({ username, password }: CreateSession, address: string): Promise<CreatedSession> {
    const user = await this.users.findByName(username);
    const matches = await this.passwords.verify(user?.passwordHash, password);
    if (!user || !matches) throw new AppError('BAD_CREDENTIALS', 'User name or password is wrong');
    const token = newSessionToken();
    const createdAt = new Date(this.clock.nowMs());
    const expiresAt = new Date(createdAt.getTime() + LIFETIME_MS);
    await this.sessions.removeExpired(createdAt);
    await this.sessions.insert({ id: newId('login'), tokenHash: hashOfToken(token), userId: user.id, address, createdAt, expiresAt });
    return { token, expiresAt: expiresAt.toISOString(), user: { id: user.id, username: user.username, role: user.role } };
  }

  async signOut(token: string): Promise<void> {
    const hash = hashOfToken(token);
    await this.sessions.remove(hash);
    this.cache.forget(hash);
    for (const listener of this.signOutListeners) listener(token);
  }

  /** Called with the token of each session that ends by a sign-out at this replica. */
  onSignOut(listener: (token: string) => void): () => void {
    this.signOutListeners.add(listener);
    return () => this.signOutListeners.delete(listener);
  }

  /** Without asking the database: undefined where that would have to be. */
  known(token: string): User | undefined {
    return this.cache.find(hashOfToken(token), this.clock.nowMs())?.user;
  }

  async authenticate(token: string): Promise<User> {
    const session = isSessionToken(token) ? await this.find(hashOfToken(token)) : undefined;
    if (!session) throw new AppError('UNAUTHENTICATED', 'The session is unknown or has ended');
    return session.user;
  }

  private async find(hash: string): Promise<KnownSession | undefined> {
    const nowMs = this.clock.nowMs();
    return this.cache.find(hash, nowMs) ?? (await this.cache.load(hash, nowMs, () => this.read(hash, nowMs)));
  }

  private async read(hash: string, nowMs: number): Promise<KnownSession | undefined> {
    let cancel = (): void => undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      const late = new AppError('UNAVAILABLE', 'The database does not answer', { retryAfterSeconds: 2 });
      cancel = this.clock.setTimer(() => reject(late), LOOKUP_TIMEOUT_MS);
    });
    try {
      return await Promise.race([this.sessions.find(hash, new Date(nowMs)), limit]);
    } finally {
      cancel();
    }
  }
}
