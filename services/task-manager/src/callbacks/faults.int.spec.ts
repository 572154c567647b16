import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hang, status } from './receiver.fixture.js';
import { SenderBed } from './sender.fixture.js';

describe('a receiver with faults', () => {
  let bed: SenderBed;

  beforeAll(async () => {
    bed = await SenderBed.open();
  }, 60_000);
  afterAll(() => bed.close(), 90_000);
  beforeEach(() => bed.renew());

  it('that answers 500 three times is asked after 5 s, 15 s and a minute, with the same id, until it takes it', async () => {
    const path = await bed.answerWith(status(500), status(500), status(500));
    await bed.tell(['agt_1']);
    for (const [attempts, seconds] of [
      [1, 5],
      [2, 15],
      [3, 60],
    ] as const) {
      const pauseMs = await bed.passTo(await bed.tried(attempts));
      expect(pauseMs).toBeGreaterThanOrEqual(seconds * 1_000);
      expect(pauseMs).toBeLessThanOrEqual(seconds * 1_100);
    }
    const done = await bed.delivery('delivered', (one) => one.state === 'delivered');
    expect(done.tries.map((one) => one.status)).toEqual([500, 500, 500, 204]);
    expect(done).toMatchObject({ attempts: 4, nextAt: null, endedAt: bed.now.toISOString() });
    const headers = bed.receiver.at(path).map((post) => post.headers);
    expect(new Set(headers.map((one) => one['webhook-id']))).toEqual(new Set([done.id]));
    expect(new Set(headers.map((one) => one['webhook-timestamp'])).size).toBe(4);
  }, 20_000);

  it('for good is given up after 24 hours, and not before', async () => {
    await bed.answerWith(...Array.from({ length: 30 }, () => status(500)));
    const startedMs = bed.clock.nowMs();
    await bed.tell(['agt_1']);
    let last = await bed.tried(1);
    for (let attempts = 2; last.state === 'due'; attempts++) {
      await bed.passTo(last);
      last = await bed.tried(attempts);
    }
    expect(last).toMatchObject({ state: 'failed', nextAt: null });
    expect(Date.parse(last.endedAt ?? '') - startedMs).toBe(86_400_000);
  }, 30_000);

  it.each([
    ['does not answer in time', hang, { status: null, error: expect.stringContaining('no answer within 300 ms') }],
    ['sends elsewhere', status(302, { location: '/elsewhere' }), { status: 302, error: null }],
  ])('that %s has failed a try', async (_what, answer, expected) => {
    await bed.renew({ hasty: true });
    await bed.answerWith(answer);
    await bed.tell(['agt_1']);
    expect(await bed.tried(1)).toMatchObject({ state: 'due', tries: [expected] });
    expect(bed.receiver.at('/elsewhere')).toEqual([]);
  });

  it('whose answer has no end has answered with its head', async () => {
    await bed.renew({ hasty: true });
    await bed.answerWith((response) => void response.writeHead(200).write('and so on'));
    await bed.tell(['agt_1']);
    expect(await bed.tried(1)).toMatchObject({ state: 'delivered', tries: [{ status: 200 }] });
  });

  it('that is gone gets nothing more', async () => {
    await bed.answerWith(status(410));
    await bed.tell(['agt_1']);
    expect(await bed.tried(1)).toMatchObject({ state: 'failed', nextAt: null, tries: [{ status: 410 }] });
  });

  it.each([429, 503])('that answers %s is left alone as long as it asks', async (code) => {
    await bed.answerWith(status(code, { 'retry-after': '3600' }));
    await bed.tell(['agt_1']);
    expect(await bed.passTo(await bed.tried(1))).toBe(3_600_000);
    expect(await bed.tried(2)).toMatchObject({ state: 'delivered' });
  });

  it('that speaks no TLS, or does not listen at all, has failed a try', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await bed.subscribe(`https://127.0.0.1:${port}/`);
    await bed.tell(['agt_1']);
    const first = await bed.tried(1);
    expect(first).toMatchObject({ state: 'due', tries: [{ status: null, error: expect.stringMatching(/SSL|TLS|EPROTO/) }] });
    server.close();
    await once(server, 'close');
    await bed.passTo(first);
    expect(await bed.tried(2)).toMatchObject({
      state: 'due',
      tries: [{}, { status: null, error: expect.stringContaining('ECONNREFUSED') }],
    });
  });
});
