import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { KeptLog } from '../kept-log.fixture.js';
import { JwtRenewal, reconnectAtMs, renewAtMs, timesOf } from './jwt-renewal.js';

const jwtOf = (iat: number, exp: number): string => `x.${Buffer.from(JSON.stringify({ iat, exp })).toString('base64url')}.y`;

describe('the renewal of credentials', () => {
  it('is due after a third of the life, the new connection when a tenth is left', () => {
    const times = timesOf(jwtOf(100, 400));
    expect([renewAtMs(times), reconnectAtMs(times)]).toEqual([200_000, 370_000]);
  });

  it('is tried until it came, and the connection is made anew before the old credentials end', async () => {
    const clock = new FakeClock();
    const nowSeconds = clock.nowMs() / 1000;
    let jwt = jwtOf(nowSeconds, nowSeconds + 3_000);
    let [asked, reconnected] = [0, 0];
    const renewal: JwtRenewal = new JwtRenewal({
      times: () => timesOf(jwt),
      issuer: () => undefined,
      ask: () => {
        asked += 1;
        const userJwt = jwtOf(clock.nowMs() / 1000, clock.nowMs() / 1000 + 3_000);
        return asked < 3 ? Promise.reject(new Error('away')) : Promise.resolve({ userJwt, userJwtExpiresAt: '' });
      },
      keep: ({ userJwt }) => Promise.resolve(void (jwt = userJwt)),
      reconnect: () => {
        reconnected += 1;
        renewal.connected();
        return Promise.resolve();
      },
      clock,
      nowMs: () => clock.nowMs(),
      log: new KeptLog(),
    });
    renewal.start();
    await clock.advanceAsync(999_999);
    expect(asked).toBe(0);
    await clock.advanceAsync(1);
    await clock.advanceAsync(120_000);
    expect([asked, reconnected]).toEqual([3, 0]);
    // A further renewal comes meanwhile and does not put the connection off.
    await clock.advanceAsync(2_699_999 - 1_120_000);
    expect([asked, reconnected]).toEqual([4, 0]);
    await clock.advanceAsync(1);
    expect(reconnected).toBe(1);
    await clock.advanceAsync(60_000);
    expect(reconnected).toBe(1);
    renewal.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('comes at once where the key that signed them goes, once for all who say so, and the connection is made anew with them', async () => {
    const clock = new FakeClock();
    let [issuer, asked, reconnected] = ['old', 0, 0];
    const jwt = jwtOf(clock.nowMs() / 1000, clock.nowMs() / 1000 + 3_000);
    const renewal = new JwtRenewal({
      times: () => timesOf(jwt),
      issuer: () => issuer,
      ask: () => {
        asked += 1;
        return asked < 2 ? Promise.reject(new Error('away')) : Promise.resolve({ userJwt: jwt, userJwtExpiresAt: '' });
      },
      keep: () => Promise.resolve(void (issuer = 'new')),
      reconnect: () => Promise.resolve(void (reconnected += 1)),
      ...{ clock, nowMs: () => clock.nowMs(), log: new KeptLog() },
    });
    renewal.start();
    renewal.renewFor('old');
    await clock.advanceAsync(0);
    expect(asked).toBe(0);
    renewal.renewFor('new');
    renewal.renewFor('new');
    await clock.advanceAsync(0);
    expect([asked, reconnected]).toEqual([1, 0]);
    await clock.advanceAsync(60_000);
    expect([asked, reconnected]).toEqual([2, 1]);
    renewal.renewFor('new');
    await clock.advanceAsync(60_000);
    expect([asked, reconnected]).toEqual([2, 1]);
    renewal.stop();
  });

  it('is asked for again where a scheduler answered that signs with the old key still', async () => {
    const clock = new FakeClock();
    const jwt = jwtOf(clock.nowMs() / 1000, clock.nowMs() / 1000 + 3_000_000);
    let [issuer, asked, reconnected] = ['old', 0, 0];
    const renewal = new JwtRenewal({
      times: () => timesOf(jwt),
      issuer: () => issuer,
      ask: () => {
        asked += 1;
        // Said by the other replica while this one answers.
        renewal.renewFor('new');
        return Promise.resolve({ userJwt: jwt, userJwtExpiresAt: '' });
      },
      keep: () => Promise.resolve(void (issuer = asked < 3 ? 'old' : 'new')),
      reconnect: () => Promise.resolve(void (reconnected += 1)),
      ...{ clock, nowMs: () => clock.nowMs(), log: new KeptLog() },
    });
    renewal.start();
    renewal.renewFor('new');
    await clock.advanceAsync(0);
    expect([asked, reconnected]).toEqual([1, 0]);
    await clock.advanceAsync(500);
    await clock.advanceAsync(1_000);
    expect([asked, reconnected]).toEqual([3, 1]);
    await clock.advanceAsync(60_000);
    expect(asked).toBe(3);
    renewal.stop();
  });
});
