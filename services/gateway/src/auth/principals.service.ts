import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AccessChanged, accessChangedSubject } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import { Bus, type Subscription } from '@klevr/messaging/bus';
import { Clock } from '@klevr/platform/clock';
import { ApiTokensStore } from './api-tokens.store.js';
import { hashOfToken, isToken } from './bearer-token.js';
import { PrincipalCache } from './principal-cache.js';
import type { Principal } from './principal.js';
import { SessionLookupService } from './session-lookup.service.js';

const CACHE_AGE_MS = 5_000;
const CACHED = 10_000;
/** A request waits no longer than this for the database to say who asks. */
const LOOKUP_TIMEOUT_MS = 2_000;

type Ended = ((loginId: string) => void) | undefined;
type Listener = (concerns: (principal: Principal) => boolean) => void;

const concernedBy =
  (change: AccessChanged) =>
  ({ kind, id, userId }: Principal): boolean => {
    if ('userId' in change) return userId === change.userId;
    return 'loginId' in change ? kind === 'session' && id === change.loginId : kind === 'apiToken' && id === change.apiTokenId;
  };

/**
 * Tells who a token belongs to.
 *
 * A verified token is believed for five seconds without asking the database. Whoever changes what somebody may do calls `changed` after the
 * commit: this replica forgets at once, the others as soon as the message reaches them, and within five seconds where it does not. So callers that
 * were just here go on for as long while the database is away.
 */
@Injectable()
export class PrincipalsService implements OnModuleInit, OnModuleDestroy {
  private readonly cache = new PrincipalCache(CACHE_AGE_MS, CACHED);
  private readonly listeners = new Set<Listener>();
  private subscription: Subscription | undefined;

  constructor(
    private readonly sessions: SessionLookupService,
    private readonly apiTokens: ApiTokensStore,
    private readonly bus: Bus,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.subscription = this.bus.subscribe(accessChangedSubject, (message) => {
      const change = AccessChanged.safeParse(message.json());
      if (change.success) this.forget(change.data);
    });
  }

  onModuleDestroy(): void {
    this.subscription?.unsubscribe();
  }

  /** Without asking the database: undefined where that would have to be. */
  known(token: string): Principal | undefined {
    return this.cache.find(hashOfToken(token), this.clock.nowMs());
  }

  /** Throws UNAUTHENTICATED, and UNAVAILABLE where the database does not say. */
  async authenticate(token: string): Promise<Principal> {
    return orThrow(await this.find(token, (loginId) => this.changed({ loginId })));
  }

  /**
   * As `authenticate`, for what goes on behind a token that was shown once: nobody uses it now, so one that a renewal has replaced meanwhile is refused
   * and does not end its session as stolen.
   */
  async recheck(token: string): Promise<Principal> {
    return orThrow(await this.find(token, undefined));
  }

  /** Call it after the commit of what changed. */
  changed(change: AccessChanged): void {
    this.forget(change);
    this.bus.publish(accessChangedSubject, 'changed.access', change);
  }

  /** Called with a test for those whose rights may have changed or ended, here or at another replica. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private forget(change: AccessChanged): void {
    const concerns = concernedBy(change);
    this.cache.forgetWhere(concerns);
    for (const listener of this.listeners) listener(concerns);
  }

  private async find(token: string, ended: Ended): Promise<Principal | undefined> {
    const [hash, nowMs] = [hashOfToken(token), this.clock.nowMs()];
    const read = this.readerOf(token, hash, nowMs, ended);
    if (read === undefined) return undefined;
    return this.cache.find(hash, nowMs) ?? (await this.cache.load(hash, nowMs, () => this.inTime(read)));
  }

  private readerOf(token: string, hash: string, nowMs: number, ended: Ended): (() => Promise<Principal | undefined>) | undefined {
    if (isToken('session', token)) return () => this.sessions.find(hash, ended);
    return isToken('apiToken', token) ? () => this.apiTokens.findPrincipal(hash, new Date(nowMs)) : undefined;
  }

  private async inTime<T>(read: () => Promise<T>): Promise<T> {
    let cancel = (): void => undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      const late = new AppError('UNAVAILABLE', 'The database does not answer', { retryAfterSeconds: 2 });
      cancel = this.clock.setTimer(() => reject(late), LOOKUP_TIMEOUT_MS);
    });
    try {
      return await Promise.race([read(), limit]);
    } finally {
      cancel();
    }
  }
}

function orThrow(principal: Principal | undefined): Principal {
  if (!principal) throw new AppError('UNAUTHENTICATED', 'The session or token is unknown or has ended');
  return principal;
}
