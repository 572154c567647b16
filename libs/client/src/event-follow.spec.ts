import { describe, expect, it } from '@jest/globals';
import { follow, type StreamMessage } from './event-follow.js';
import { KlevrProblem } from './klevr-problem.js';

const stream = (text: string): Response => new Response(text, { headers: { 'content-type': 'text/event-stream' } });
const event = (id: number): string => `id: ${id}\nevent: host.online\ndata: {"n":${id}}\n\n`;
const end = (reason: string): string => `event: end\ndata: {"reason":"${reason}"}\n\n`;

describe('following a stream', () => {
  /** What is told, and from where each connection asked to go on. */
  const followed = async (answers: readonly (Response | Error)[]): Promise<{ told: StreamMessage[]; places: (string | null)[] }> => {
    const places: (string | null)[] = [];
    const told: StreamMessage[] = [];
    const fetch = (request: Request): Promise<Response> => {
      const answer = answers[places.push(request.headers.get('last-event-id')) - 1] ?? stream(end('finished'));
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    for await (const message of follow({ fetch, url: 'http://klevr.test/', pauseMs: 1 })) told.push(message);
    return { told, places };
  };

  it('goes on behind the last place after a cut, also one that only the place told', async () => {
    const { told, places } = await followed([
      stream(`id: 6\n\n${event(7)}`),
      stream(`${event(8)}: heartbeat\nid: 11\n\n`),
      new TypeError('fetch failed'),
    ]);
    expect(places).toEqual([null, '7', '11', '11']);
    expect(told.map(({ id }) => id)).toEqual(['7', '8', undefined]);
    expect(told[1]).toEqual({ id: '8', event: 'host.online', data: { n: 8 } });
  });

  it.each(['stopping', 'tooSlow', 'sessionEnded'])('asks again after %s, and does not tell it', async (reason) => {
    const { told, places } = await followed([stream(event(1) + end(reason)), stream(event(2) + end('finished'))]);
    expect(places).toEqual([null, '1']);
    expect(told.map((one) => one.event)).toEqual(['host.online', 'host.online', 'end']);
  });

  it('ends with a problem where it may not be followed', async () => {
    const refusal = new Response('{"code":"FORBIDDEN"}', { status: 403, headers: { 'content-type': 'application/problem+json' } });
    await expect(followed([stream(event(1)), refusal])).rejects.toThrow(KlevrProblem);
  });

  it('ends with its signal', async () => {
    const hangUp = new AbortController();
    const told: unknown[] = [];
    const fetch = (): Promise<Response> => Promise.resolve(stream(event(1) + event(2)));
    for await (const message of follow({ fetch, url: 'http://klevr.test/', signal: hangUp.signal, pauseMs: 1 })) {
      told.push(message);
      hangUp.abort();
    }
    expect(told.length).toBeLessThanOrEqual(2);
  });
});
