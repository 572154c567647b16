import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { Clock } from '@klevr/platform/clock';
import { type StoredUser, viewOf } from '../users/stored-user.js';
import { hashOfToken, newToken } from './bearer-token.js';
import { roleIn, type Principal } from './principal.js';
import { PrincipalsService } from './principals.service.js';
import type { CreatedSession, ListSessions, RenewedSession, Session, SessionPage } from './session-schemas.js';
import { SessionSettings } from './session-settings.js';
import { SessionsStore, type StoredSession } from './sessions.store.js';

/** Where somebody signs in from, and how. */
export interface SessionOrigin {
  readonly address: string;
  readonly userAgent: string | undefined;
  /** `password`, `oidc`: at most 16 characters of ASCII. */
  readonly method: string;
}

const SESSIONS_A_USER = 100;
/** Requests that were under way with the replaced token come through. */
const REPLACED_GOOD_MS = 30_000;
const USER_AGENT_LENGTH = 255;

/** The sessions of people: opened, renewed, looked at, ended. Each change holds at every replica at once. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsStore,
    private readonly principals: PrincipalsService,
    private readonly settings: SessionSettings,
    private readonly clock: Clock,
  ) {}

  /** For somebody whose password or identity has just been verified. Throws FORBIDDEN for who is disabled, CONFLICT for who was changed meanwhile. */
  async open(user: StoredUser, { address, userAgent, method }: SessionOrigin): Promise<CreatedSession> {
    if (user.disabledAt !== null) throw new AppError('FORBIDDEN', 'This user is disabled');
    const token = newToken('session');
    const createdAt = new Date(this.clock.nowMs());
    const endsAt = new Date(createdAt.getTime() + this.settings.maxSeconds * 1000);
    const expiresAt = this.nextEnd(createdAt, endsAt);
    const id = newId('login');
    await this.sessions.removeExpired(createdAt);
    const opened = await this.sessions.insert({
      ...{ id, userId: user.id, userRevision: user.revision, address, method, createdAt, expiresAt, endsAt },
      tokenHash: hashOfToken(token),
      userAgent: userAgent?.slice(0, USER_AGENT_LENGTH) ?? null,
    });
    if (!opened) throw new AppError('CONFLICT', 'The user was changed at this moment; sign in again');
    for (const loginId of await this.sessions.removeOldest(user.id, SESSIONS_A_USER)) this.principals.changed({ loginId });
    return {
      id,
      token,
      expiresAt: expiresAt.toISOString(),
      endsAt: endsAt.toISOString(),
      user: viewOf({ ...user, lastSignInAt: createdAt }),
    };
  }

  /** Gives the session another token. Nobody is told: the old one is good for longer than any replica believes what it has read. */
  async renew({ id }: Principal, token: string): Promise<RenewedSession> {
    const now = new Date(this.clock.nowMs());
    const session = await this.sessions.findById(id, now);
    if (session === undefined) throw new AppError('UNAUTHENTICATED', 'The session has ended');
    const newOne = newToken('session');
    const endsAt = endOf(session);
    const expiresAt = this.nextEnd(now, endsAt);
    const previousUntil = new Date(now.getTime() + REPLACED_GOOD_MS);
    const tokens = { tokenHash: hashOfToken(token), newHash: hashOfToken(newOne) };
    const renewed = await this.sessions.renew({ loginId: id, ...tokens, previousUntil, expiresAt });
    if (!renewed) throw new AppError('WRONG_STATE', 'This token was replaced by a renewal already: use the new one');
    return { id, token: newOne, expiresAt: expiresAt.toISOString(), endsAt: endsAt.toISOString() };
  }

  /** Throws FORBIDDEN where the sessions of another are asked for by who is no admin of all zones. */
  async list(caller: Principal, { user = caller.userId, limit, cursor = '' }: ListSessions): Promise<SessionPage> {
    if (user !== caller.userId && !isFleetAdmin(caller)) throw new AppError('FORBIDDEN', 'This needs the role admin for all zones');
    const found = await this.sessions.listOf(user, new Date(this.clock.nowMs()), cursor, limit + 1);
    const items = found.slice(0, limit);
    return { items: items.map((one) => sessionOf(one, caller)), nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** Throws NOT_FOUND; also for the sessions of others, unless the caller is an admin of all zones. */
  async end(caller: Principal, id: string): Promise<void> {
    const session = await this.sessions.findById(id, new Date(this.clock.nowMs()));
    const mayEnd = session !== undefined && (session.userId === caller.userId || isFleetAdmin(caller));
    if (!mayEnd) throw new AppError('NOT_FOUND', 'There is no such session');
    await this.signOut(id);
  }

  async endOthers({ userId, id }: Principal): Promise<void> {
    await this.sessions.removeOthers(userId, id);
    this.principals.changed({ userId });
  }

  async signOut(loginId: string): Promise<void> {
    await this.sessions.remove(loginId);
    this.principals.changed({ loginId });
  }

  private nextEnd(now: Date, endsAt: Date): Date {
    return new Date(Math.min(now.getTime() + this.settings.ttlSeconds * 1000, endsAt.getTime()));
  }
}

const isFleetAdmin = ({ grants }: Principal): boolean => roleIn(grants, null) === 'admin';

/** Of a session from before there was such a time, the end of its token. */
const endOf = ({ endsAt, expiresAt }: StoredSession): Date => endsAt ?? expiresAt;

const sessionOf = (session: StoredSession, caller: Principal): Session => ({
  ...{ id: session.id, userId: session.userId, username: session.username, method: session.method },
  ...{ address: session.address, userAgent: session.userAgent, current: session.id === caller.id },
  createdAt: session.createdAt.toISOString(),
  lastUsedAt: session.lastUsedAt?.toISOString() ?? null,
  expiresAt: session.expiresAt.toISOString(),
  endsAt: endOf(session).toISOString(),
});
