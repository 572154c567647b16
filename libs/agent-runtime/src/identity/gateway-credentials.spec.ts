import { describe, expect, it } from '@jest/globals';
import { AskCredentials, credentialsProof } from '@klevr/contracts/agent';
import { newId } from '@klevr/contracts/ids';
import { createAgentKeys, isSignedBy } from '@klevr/messaging/auth/agent-keys';
import { FakeClock } from '@klevr/platform/fake-clock';
import { KeptLog } from '../kept-log.fixture.js';
import { askGatewayForCredentials } from './gateway-credentials.js';

const [agentId, keys] = [newId('agent'), createAgentKeys()];
const credentials = { userJwt: 'a.b.c', userJwtExpiresAt: '2026-01-01T00:00:00.000Z', natsUrls: ['nats://127.0.0.1:4222'] };
const granted = (): Response => new Response(JSON.stringify(credentials));
const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify({ code, title: 'No', detail: 'because' }), { status, headers });

class Asking {
  readonly clock = new FakeClock();
  readonly log = new KeptLog();
  readonly asked: AskCredentials[] = [];
  readonly urls: string[] = [];
  wanted = true;
  readonly answer: ReturnType<typeof askGatewayForCredentials>;

  constructor(...answers: (Response | Error)[]) {
    const request = (url: unknown, { body }: { body: string }): Promise<Response> => {
      this.urls.push(String(url));
      this.asked.push(AskCredentials.parse(JSON.parse(body)));
      const next = answers.shift() ?? granted();
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    };
    const { clock, log } = this;
    const options = { serverUrl: 'http://gateway.test:1', agentId, keys, clock, log, wanted: () => this.wanted };
    this.answer = askGatewayForCredentials({ ...options, request: request as unknown as typeof fetch });
  }
}

describe('credentials from the gateway', () => {
  it('are given to who proves to have the key, and may be waited for', async () => {
    const { answer, asked, urls, clock } = new Asking();
    expect(await answer).toEqual({ outcome: 'granted', credentials });
    expect(urls).toEqual([`http://gateway.test:1/api/v1/agents/${agentId}/credentials`]);
    expect(asked).toMatchObject([{ atMs: clock.nowMs(), waitSeconds: 25 }]);
    const [{ atMs, signature } = { atMs: 0, signature: '' }] = asked;
    expect(isSignedBy(keys.publicKey, credentialsProof(agentId, atMs), signature)).toBe(true);
  });

  it('are waited for while approval is pending, said once, without haste where the gateway does not hold its answer', async () => {
    const { answer, asked, clock, log } = new Asking(problem(409, 'NOT_APPROVED'), problem(409, 'NOT_APPROVED'));
    await clock.advanceAsync(1_000);
    expect(asked).toHaveLength(1);
    await clock.advanceAsync(10_000);
    expect(await answer).toMatchObject({ outcome: 'granted' });
    expect(log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual(['waits for approval']);
  });

  it('are asked for again while the gateway is away, later each time up to ten seconds', async () => {
    const away = Array.from({ length: 20 }, (_, index) =>
      index === 0 ? new TypeError('fetch failed') : problem(index % 2 ? 503 : 500, 'UNAVAILABLE'),
    );
    const { answer, asked, clock } = new Asking(...away);
    await clock.advanceAsync(60_000);
    expect(asked.length).toBeGreaterThan(8);
    expect(asked.length).toBeLessThan(15);
    await clock.advanceAsync(180_000);
    expect(await answer).toMatchObject({ outcome: 'granted' });
  });

  it('are no more for an agent that was removed', async () => {
    const { answer, clock } = new Asking(problem(409, 'NOT_APPROVED'), problem(410, 'AGENT_REMOVED'));
    await clock.advanceAsync(3_000);
    expect(await answer).toEqual({ outcome: 'removed', said: '410 No: because' });
  });

  it.each([
    [404, 'NOT_FOUND'],
    [400, 'BAD_REQUEST'],
    [401, 'UNAUTHENTICATED'],
    [410, 'SOMETHING_ELSE'],
  ])('are asked for seldom, but on and on, after a no that may be a mistake (%i %s)', async (status, code) => {
    const { answer, asked, clock } = new Asking(problem(status, code), new Response('<html>'));
    await clock.advanceAsync(40_000);
    expect(asked).toHaveLength(1);
    await clock.advanceAsync(150_000);
    expect(await answer).toMatchObject({ outcome: 'granted' });
    expect(asked).toHaveLength(3);
  });

  it('are got by a host whose clock is days off, with the time that the gateway tells', async () => {
    const days = 3 * 86_400_000;
    const { answer, asked, clock } = new Asking(
      problem(401, 'UNAUTHENTICATED', { date: new Date(Date.UTC(2026, 0, 1) + days).toUTCString() }),
    );
    await clock.advanceAsync(0);
    expect(await answer).toMatchObject({ outcome: 'granted' });
    expect((asked[1]?.atMs ?? 0) - (asked[0]?.atMs ?? 0)).toBe(days);
  });

  it('are not asked for any more once they are not wanted', async () => {
    const asking = new Asking(problem(503, 'UNAVAILABLE'));
    await asking.clock.advanceAsync(0);
    asking.wanted = false;
    await asking.clock.advanceAsync(1_000);
    expect(await asking.answer).toEqual({ outcome: 'unwanted' });
    expect(asking.asked).toHaveLength(1);
  });
});
