import { Injectable } from '@nestjs/common';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import type { Principal } from './principal.js';
import { SessionsStore } from './sessions.store.js';

/** When a session was last used is told to the minute, so that a busy one costs one statement a minute. */
const USE_NOTED_MS = 60_000;

/**
 * Whose session a token is of.
 *
 * Promises: a token that was replaced by a renewal, and is used after the time in which requests under way may still carry it, ends its session: two
 * have it, and one of them took it. Which of them is the thief cannot be told, so both have to sign in again.
 */
@Injectable()
export class SessionLookupService {
  constructor(
    private readonly sessions: SessionsStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** `ended` is called for a session that ended by this look; without it the token is not being used, so nothing ends. */
  async find(tokenHash: string, ended?: (loginId: string) => void): Promise<Principal | undefined> {
    const now = new Date(this.clock.nowMs());
    const found = await this.sessions.find(tokenHash, now);
    if (found === undefined) return undefined;
    const { principal, lastUsedAt, replaced } = found;
    if (replaced) {
      if (ended === undefined) return undefined;
      const { id: loginId, userId, username } = principal;
      if (await this.sessions.remove(loginId)) {
        this.log.warn({ loginId, userId, username }, 'a replaced token of a session was used: the session has ended as stolen');
        ended(loginId);
      }
      return undefined;
    }
    if (now.getTime() - (lastUsedAt?.getTime() ?? 0) >= USE_NOTED_MS) this.noteUse(principal.id, now);
    return principal;
  }

  /** Behind the request: it waits for nothing, and goes on where this fails. */
  private noteUse(loginId: string, now: Date): void {
    this.sessions.touch(loginId, now).catch((error: unknown) => this.log.debug({ error }, 'the use of a session was not noted'));
  }
}
