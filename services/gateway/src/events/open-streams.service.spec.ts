import { describe, expect, it } from '@jest/globals';
import type { Grant } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import type { Bus } from '@klevr/messaging/bus';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import type { ApiTokensStore } from '../auth/api-tokens.store.js';
import { newToken } from '../auth/bearer-token.js';
import type { Principal } from '../auth/principal.js';
import { PrincipalsService } from '../auth/principals.service.js';
import { SessionLookupService } from '../auth/session-lookup.service.js';
import type { FoundSession, SessionsStore } from '../auth/sessions.store.js';
import { EventLimits } from './event-limits.js';
import { OpenStreamsService } from './open-streams.service.js';
import { type EndReason, nothing, type ServedStream } from './served-stream.js';

const principalOf = (grants: Grant[]): Principal => ({
  ...{ kind: 'session', id: 'login_1', userId: 'usr_1', username: 'u', grants, expiresAtMs: Infinity },
});
const before = principalOf([{ role: 'viewer', zones: null }]);

class Endless implements ServedStream {
  ended: EndReason | undefined;
  heartbeat(): void {}
  end(reason: EndReason): void {
    this.ended ??= reason;
  }
  async *chunks(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(nothing);
  }
}

/** `found`: who the token is of by now; nobody where it has ended. */
const open = (found: { now: Principal | undefined }) => {
  const clock = new FakeClock();
  const principals: Pick<PrincipalsService, 'known' | 'recheck' | 'onChange'> = {
    known: () => found.now,
    recheck: () => (found.now === undefined ? Promise.reject(new AppError('UNAUTHENTICATED', 'no more')) : Promise.resolve(found.now)),
    onChange: () => () => undefined,
  };
  const limits = new EventLimits();
  const service = new OpenStreamsService(principals as PrincipalsService, clock, limits);
  service.onModuleInit();
  const stream = new Endless();
  service.serve({ principal: before, token: 't' }, stream, () => undefined);
  const heartbeat = async (): Promise<void> => {
    clock.advance(limits.heartbeatMs);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { stream, heartbeat };
};

describe('a stream that is open', () => {
  it('stays open while its reader may see the same', async () => {
    const found = { now: before };
    const { stream, heartbeat } = open(found);
    found.now = principalOf([{ role: 'viewer', zones: null }]);
    await heartbeat();
    expect(stream.ended).toBeUndefined();
  });

  it.each([
    ['has other rights', principalOf([{ role: 'viewer', zones: ['zone_a'] }])],
    ['is nobody any more', undefined],
  ])('ends at a heartbeat where its reader %s, and nobody said so', async (_, now) => {
    const found: { now: Principal | undefined } = { now: before };
    const { stream, heartbeat } = open(found);
    await heartbeat();
    expect(stream.ended).toBeUndefined();
    found.now = now;
    await heartbeat();
    expect(stream.ended).toBe('sessionEnded');
  });

  it('ends at once where its reader lost rights between being let in and being served', async () => {
    const { stream } = open({ now: principalOf([]) });
    await new Promise((resolve) => setImmediate(resolve));
    expect(stream.ended).toBe('sessionEnded');
  });

  it('ends with a token that was replaced meanwhile, and leaves the renewed session alone', async () => {
    const clock = new FakeClock();
    const ended: string[] = [];
    let found: FoundSession = { principal: before, lastUsedAt: new Date(clock.nowMs()), replaced: false };
    const sessions: Pick<SessionsStore, 'find' | 'remove'> = {
      find: () => Promise.resolve(found),
      remove: (id) => Promise.resolve(ended.push(id) > 0),
    };
    const note = (): void => undefined;
    const log: Log = { debug: note, info: note, warn: note, error: note, fatal: note, child: () => log };
    const bus = { publish: () => true } as unknown as Bus;
    const lookup = new SessionLookupService(sessions as SessionsStore, clock, log);
    const principals = new PrincipalsService(lookup, {} as ApiTokensStore, bus, clock);
    const limits = new EventLimits();
    const service = new OpenStreamsService(principals, clock, limits);
    service.onModuleInit();
    const [token, stream] = [newToken('session'), new Endless()];
    service.serve({ principal: await principals.authenticate(token), token }, stream, note);
    found = { ...found, replaced: true };
    clock.advance(limits.heartbeatMs);
    await new Promise((resolve) => setImmediate(resolve));
    expect({ stream: stream.ended, sessions: ended }).toEqual({ stream: 'sessionEnded', sessions: [] });
    await expect(principals.authenticate(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(ended).toEqual(['login_1']);
  });
});
