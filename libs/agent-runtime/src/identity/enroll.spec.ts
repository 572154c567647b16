import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { KeptLog } from '../kept-log.fixture.js';
import { EnrolmentRefused, enrol } from './enroll.js';

const enrolled = {
  agentId: newId('agent'),
  zoneId: newId('zone'),
  zoneName: 'z',
  natsUrls: ['nats://127.0.0.1:4222'],
  userJwt: 'a.b.c',
  userJwtExpiresAt: '2026-01-01T00:00:00.000Z',
  taskKeys: { keys: [] },
  settings: { heartbeatSeconds: 10 },
};
type Answer = Response | Error;
const problem = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify({ title: 'No', detail: 'because' }), { status, headers });

const tryWith = (...answers: Answer[]): { result: Promise<unknown>; clock: FakeClock; asked: string[] } => {
  const [clock, asked] = [new FakeClock(), [] as string[]];
  const request = (url: unknown): Promise<Response> => {
    asked.push(String(url));
    const answer = answers.shift() ?? new Response(JSON.stringify(enrolled), { status: 201 });
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const body = { joinToken: 't', publicKey: 'U', version: '1' } as Parameters<typeof enrol>[0]['body'];
  const result = enrol({ serverUrl: 'http://gateway.test:1', body, clock, log: new KeptLog(), request: request as typeof fetch });
  return { result, clock, asked };
};

describe('the enrolment', () => {
  it('answers who the agent is', async () => {
    const { result, asked } = tryWith();
    expect(await result).toEqual(enrolled);
    expect(asked).toEqual(['http://gateway.test:1/api/v1/enroll']);
  });

  it('is tried again while the gateway is away, later each time', async () => {
    const { result, clock, asked } = tryWith(new TypeError('fetch failed'), problem(503), problem(500), problem(429));
    for (const [waitMs, times] of [
      [0, 1],
      [250, 2],
      [499, 2],
      [1, 3],
      [1_000, 4],
      [2_000, 5],
    ] as const) {
      await clock.advanceAsync(waitMs);
      expect(asked).toHaveLength(times);
    }
    expect(await result).toEqual(enrolled);
  });

  it('is tried again when the gateway says so', async () => {
    const { clock, asked } = tryWith(problem(503, { 'retry-after': '3' }));
    await clock.advanceAsync(2_999);
    expect(asked).toHaveLength(1);
    await clock.advanceAsync(751);
    expect(asked).toHaveLength(2);
  });

  it('waits as long as a gateway that is asked too much says', async () => {
    const { clock, asked } = tryWith(problem(429, { 'retry-after': '60' }));
    await clock.advanceAsync(59_999);
    expect(asked).toHaveLength(1);
    await clock.advanceAsync(15_001);
    expect(asked).toHaveLength(2);
  });

  it.each([400, 401, 404, 409, 413])('ends with the words of a definite no (%i)', async (status) => {
    const { result } = tryWith(problem(status));
    await expect(result).rejects.toThrow(new EnrolmentRefused(`${status} No: because`));
  });

  it('ends where something else than a gateway answers', async () => {
    await expect(tryWith(new Response('<html>', { status: 200 })).result).rejects.toThrow(EnrolmentRefused);
    await expect(tryWith(new Response('{}', { status: 200 })).result).rejects.toThrow(EnrolmentRefused);
    await expect(tryWith(new Response('plain words', { status: 404 })).result).rejects.toThrow('404 plain words');
  });
});
