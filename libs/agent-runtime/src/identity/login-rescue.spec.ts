import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { KeptLog } from '../kept-log.fixture.js';
import { Identity, keysToEnrolWith } from './identity.js';
import { LoginRescue } from './login-rescue.js';

const jwtUntil = (seconds: number): string => `x.${Buffer.from(JSON.stringify({ iat: 0, exp: seconds })).toString('base64url')}.x`;

describe('an agent that NATS does not let in', () => {
  let folder: string;
  let identity: Identity;
  let clock: FakeClock;
  let asked: number;
  let answers: (() => Response)[];
  let removed: string[];
  const fresh = (): Response =>
    new Response(JSON.stringify({ userJwt: jwtUntil(9e9), userJwtExpiresAt: '2036-01-01T00:00:00.000Z', natsUrls: ['nats://new:1'] }));
  const gone = (): Response => new Response(JSON.stringify({ code: 'AGENT_REMOVED', title: 'gone' }), { status: 410 });

  const rescueWith = (userJwt: string): LoginRescue => {
    identity.change({ userJwt }).catch(() => undefined);
    const request = (): Promise<Response> => Promise.resolve(((asked += 1), answers.shift() ?? fresh)());
    const onRemoved = (reason: string): void => void removed.push(reason);
    return new LoginRescue({
      identity,
      serverUrl: 'http://gateway.test',
      clock,
      log: new KeptLog(),
      onRemoved,
      request: request as typeof fetch,
    });
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-rescue-'));
    const { seed } = await keysToEnrolWith(folder);
    const who = { agentId: newId('agent'), zoneId: newId('zone'), zoneName: 'z', natsUrls: [], userJwt: null, userJwtExpiresAt: null };
    identity = new Identity(folder, { ...who, taskKeys: { keys: [] }, settings: { heartbeatSeconds: 1 }, seed });
    [clock, asked, answers, removed] = [new FakeClock(), 0, [], []];
  });
  afterEach(async () => {
    await identity.save();
    await rm(folder, { recursive: true });
  });

  it('asks the gateway at once where its credentials have expired', async () => {
    const rescue = rescueWith(jwtUntil(1));
    rescue.refused();
    rescue.refused();
    await clock.advanceAsync(0);
    await rescue.renew();
    expect(asked).toBe(1);
    expect(identity.current).toMatchObject({ userJwt: jwtUntil(9e9), natsUrls: ['nats://new:1'] });
  });

  it('does not ask where it is let in after a moment', async () => {
    const rescue = rescueWith(jwtUntil(9e9));
    rescue.refused();
    await clock.advanceAsync(900);
    rescue.letIn();
    await clock.advanceAsync(60_000);
    expect([asked, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('asks where NATS goes on refusing good credentials, and seldom where that does not help', async () => {
    const rescue = rescueWith(jwtUntil(9e9));
    const refuse = async (forMs: number): Promise<void> => {
      for (let ms = 0; ms < forMs; ms += 500) {
        rescue.refused();
        await clock.advanceAsync(500);
        await identity.save();
      }
    };
    await refuse(4_000);
    expect(asked).toBe(1);
    await refuse(10_000);
    expect(asked).toBe(1);
    await refuse(10_000);
    expect(asked).toBe(2);
  });

  it('ends where the gateway says that it was removed, and asks no more', async () => {
    answers.push(gone);
    const rescue = rescueWith(jwtUntil(1));
    rescue.refused();
    await clock.advanceAsync(0);
    expect(removed).toEqual(['410 gone']);
    rescue.refused();
    await clock.advanceAsync(600_000);
    expect(asked).toBe(1);
  });

  it('is told by the gateway, also while it is let in, which keys sign tasks, where it knows none that leads to them; once a minute', async () => {
    const taskKeys = { generation: 7, keys: [{ kid: 'new' }] };
    const credentials = { userJwt: jwtUntil(9e9), userJwtExpiresAt: '2036-01-01T00:00:00.000Z', natsUrls: [], taskKeys };
    answers.push(() => new Response(JSON.stringify(credentials)));
    const rescue = rescueWith(jwtUntil(9e9));
    rescue.letIn();
    rescue.fetchKeys();
    rescue.fetchKeys();
    await rescue.renew();
    expect([asked, identity.current.taskKeys]).toEqual([1, taskKeys]);
    await clock.advanceAsync(59_000);
    rescue.fetchKeys();
    expect(asked).toBe(1);
    await clock.advanceAsync(1_001);
    rescue.fetchKeys();
    await rescue.renew();
    expect([asked, identity.current.taskKeys]).toEqual([2, taskKeys]);
  });

  it('takes no older keys that sign tasks', async () => {
    const taskKeys = { generation: 8, keys: [{ kid: 'newer' }] };
    await identity.change({ taskKeys });
    const old = { generation: 7, keys: [{ kid: 'old' }] };
    const credentials = { userJwt: jwtUntil(9e9), userJwtExpiresAt: '2036-01-01T00:00:00.000Z', natsUrls: [], taskKeys: old };
    answers.push(() => new Response(JSON.stringify(credentials)));
    await rescueWith(jwtUntil(1)).renew();
    expect([asked, identity.current.taskKeys]).toEqual([1, taskKeys]);
  });

  it('cannot be helped without the address of a gateway', async () => {
    await identity.change({ userJwt: jwtUntil(1) });
    const lost = new LoginRescue({ identity, serverUrl: undefined, clock, log: new KeptLog(), onRemoved: () => undefined });
    await lost.renew();
    await identity.change({ userJwt: null });
    await expect(lost.renew()).rejects.toThrow('KLEVR_SERVER_URL');
  });
});
