import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import { AgentsAsked, IssuerKeysService } from './issuer-keys.service.js';

const pageOf = (from: number, count: number): { id: string; zoneId: string }[] =>
  Array.from({ length: count }, (_, index) => ({ id: `agt_${String(from + index).padStart(4, '0')}`, zoneId: 'z' }));

describe('other keys that sign credentials', () => {
  let clock: FakeClock;
  let pushes: number;
  let used: string[];
  let endSeconds: number | undefined;
  let told: [string, string][];
  let keys: IssuerKeysService;
  let signer: string;
  let away = false;

  beforeEach(() => {
    [clock, pushes, used, told, endSeconds, signer, away] = [new FakeClock(), 0, [], [], undefined, 'old', false];
    const everybody = pageOf(0, 250);
    const list = ({ afterId = '' }: { afterId?: string }, limit: number) =>
      Promise.resolve(everybody.filter(({ id }) => id > afterId).slice(0, limit));
    const renewWanted = ({ id }: { id: string }, issuer: string): void => void told.push([id, issuer]);
    const account = {
      use: (text: string) => void used.push(text),
      nextEndSeconds: (nowSeconds: number) => (endSeconds !== undefined && endSeconds > nowSeconds ? endSeconds : undefined),
    };
    const agents = {
      use: (text: string) => text !== signer && ((signer = text), true),
      get publicKey() {
        return signer;
      },
    };
    const push = (): Promise<void> => ((pushes += 1), away ? Promise.reject(new Error('NATS is away')) : Promise.resolve());
    const pushQuietly = (): Promise<void> => push().catch(() => undefined);
    const log = { info: () => undefined, warn: () => undefined } as unknown as Log;
    const asked = new AgentsAsked({ list } as never, { renewWanted } as never);
    keys = new IssuerKeysService({ account, agents } as never, { push, pushQuietly } as never, asked, clock, log);
  });

  it('are told to the servers, and once more when the time of the old ones is over', async () => {
    endSeconds = Math.floor(clock.nowMs() / 1000) + 100;
    await keys.useAccountIssuer('account');
    expect([used, pushes]).toEqual([['account'], 1]);
    await clock.advanceAsync(99_000);
    expect(pushes).toBe(1);
    await clock.advanceAsync(1_000);
    expect([pushes, clock.pendingTimers]).toEqual([2, 0]);
  });

  it('take out old ones later where the servers could not be told in time', async () => {
    endSeconds = Math.floor(clock.nowMs() / 1000) + 100;
    await keys.useAccountIssuer('account');
    away = true;
    await clock.advanceAsync(100_000);
    expect(pushes).toBe(2);
    away = false;
    await clock.advanceAsync(30_000);
    expect([pushes, clock.pendingTimers]).toEqual([3, 0]);
  });

  it('make every agent renew, a hundred at a time; the same again makes none', async () => {
    keys.useAgentIssuer('old');
    await clock.advanceAsync(0);
    expect(told).toEqual([]);
    keys.useAgentIssuer('new');
    await clock.advanceAsync(0);
    expect(told).toHaveLength(100);
    await clock.advanceAsync(500);
    expect(told).toEqual(pageOf(0, 250).map(({ id }) => [id, 'new']));
  });

  it('leave nothing behind when the service ends in between', async () => {
    endSeconds = Math.floor(clock.nowMs() / 1000) + 100;
    await keys.useAccountIssuer('account');
    keys.useAgentIssuer('new');
    await clock.advanceAsync(0);
    const stopped = keys.stop();
    await clock.advanceAsync(250);
    await stopped;
    expect([told.length, clock.pendingTimers]).toEqual([100, 0]);
  });
});
