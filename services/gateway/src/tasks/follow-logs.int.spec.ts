import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { Run } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { EventClient } from '@klevr/testing/event-client';
import { eventually } from '@klevr/testing/eventually';
import { EventLimits } from '../events/event-limits.js';
import { GatewayBed } from '../gateway.fixture.js';
import { ids, run } from '../samples.fixture.js';

class TestLimits extends EventLimits {
  override readonly heartbeatMs = 500;
  override readonly logQuietMs = 300;
  override readonly liveLogBytes = 64 * 1024;
  override readonly streamsPerUser = 5;
}

const { getLogs, getRun } = taskManagerRpc;

/** What the stand-in for the task-manager has of one run. */
class StoredRun {
  readonly id = newId('run');
  readonly texts: string[] = [];
  status: Run['status'] = 'running';
  finishedAt: string | null = null;

  constructor(private readonly gateway: GatewayBed) {}

  /** Stores output, and offers it live unless it is to be lost. */
  write(texts: readonly string[], live: 'offered' | 'lost' = 'offered'): void {
    for (const text of texts) {
      this.texts.push(text);
      const { id: runId } = this;
      const data = Buffer.from(text).toString('base64');
      if (live === 'offered') this.gateway.offer({ runId, attempt: 1, seq: this.texts.length, step: 's', stream: 'stdout', atMs: 0, data });
    }
  }

  async end(status: Run['status']): Promise<void> {
    this.status = status;
    this.finishedAt = new Date().toISOString();
    await this.gateway.publish({ type: 'run.status', subjectId: this.id, zoneId: ids.zone, data: { status } });
  }

  answer(): void {
    this.gateway.answer(getRun, () => ({ ...run, id: this.id, status: this.status, finishedAt: this.finishedAt }));
    this.gateway.answer(getLogs, ({ afterSeq }) => {
      const rest = this.texts.map((text, index) => ({ seq: index + 1, text })).slice(afterSeq, afterSeq + 20);
      return {
        chunks: rest.map(({ seq, text }) => ({
          seq,
          attempt: 1,
          step: 's',
          stream: 'stdout' as const,
          atMs: 0,
          data: Buffer.from(text).toString('base64'),
          cut: false,
        })),
        nextSeq: afterSeq + 20 < this.texts.length ? afterSeq + 20 : null,
        finished: this.finishedAt !== null,
      };
    });
  }
}

describe('GET /runs/{id}/logs?follow=true', () => {
  let gateway: GatewayBed;
  let stored: StoredRun;
  const clients: EventClient[] = [];

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start({}, new TestLimits());
    await gateway.signIn();
  }, 60_000);

  beforeEach(() => {
    stored = new StoredRun(gateway);
    stored.answer();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.hangUp();
    await eventually('the places are free', 5_000, async () =>
      /^klevr_event_streams 0$/m.test((await gateway.send('GET', '/metrics', { token: '' })).text) ? true : undefined,
    );
  });

  afterAll(async () => {
    await gateway.close();
  });

  const follow = async (search = '', lastEventId?: string): Promise<EventClient> => {
    const path = `/runs/${stored.id}/logs?follow=true`;
    const resume = lastEventId === undefined ? {} : { lastEventId };
    const client = await EventClient.open(gateway.origin, search, { token: gateway.token, path, ...resume });
    clients.push(client);
    return client;
  };

  const textsOf = (client: EventClient): unknown[] =>
    client.events.filter(({ event }) => event === 'chunk').map(({ data }) => (data as { text?: string }).text);
  const upTo = (count: number, fill = ''): string[] => Array.from({ length: count }, (_, at) => `${at}${fill}\n`);
  const isHeard = async (client: EventClient): Promise<void> => {
    stored.write(['heard?']);
    await client.until('it is heard', () => textsOf(client).includes('heard?'));
    const asked = gateway.timesAsked(getLogs, {});
    stored.write(['heard!']);
    await client.until('it is heard live', () => textsOf(client).includes('heard!'));
    expect(gateway.timesAsked(getLogs, {}) - asked).toBeLessThan(3);
  };

  it('tells what is stored, then what comes, then the end', async () => {
    stored.write(['one\n', 'two\n'], 'lost');
    const client = await follow();
    expect([client.status, client.contentType]).toEqual([200, 'text/event-stream']);
    await client.until('what is stored', () => textsOf(client).length === 2);
    await isHeard(client);
    stored.write(['five\n']);
    await stored.end('succeeded');
    await client.until('the end', () => client.hasEnded);
    expect(client.events.slice(0, 2)).toEqual([
      {
        id: '1',
        event: 'chunk',
        data: { seq: 1, attempt: 1, step: 's', stream: 'stdout', at: '1970-01-01T00:00:00.000Z', text: 'one\n', cut: false },
      },
      {
        id: '2',
        event: 'chunk',
        data: { seq: 2, attempt: 1, step: 's', stream: 'stdout', at: '1970-01-01T00:00:00.000Z', text: 'two\n', cut: false },
      },
    ]);
    expect(textsOf(client).at(-1)).toBe('five\n');
    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { reason: 'finished', status: 'succeeded' } });
  });

  it('resumes behind the last piece that was received, by header or by query', async () => {
    stored.write(['one', 'two', 'three'], 'lost');
    await stored.end('failed');
    for (const client of [await follow('', '2'), await follow('&lastEventId=2')]) {
      await client.until('the end', () => client.hasEnded);
      expect(textsOf(client)).toEqual(['three']);
      expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { status: 'failed' } });
    }
  });

  it('tells each piece once and in order, though half of what is offered live gets lost', async () => {
    const client = await follow();
    await isHeard(client);
    const texts = upTo(400);
    for (const [at, text] of texts.entries()) stored.write([text], at % 3 === 0 ? 'lost' : 'offered');
    await client.until('all of it', () => textsOf(client).length === 402);
    expect(textsOf(client).slice(2)).toEqual(texts);
    expect(client.messages.filter(({ event }) => event === 'chunk').map(({ id }) => Number(id))).toEqual(upTo(402).map((_, at) => at + 1));
  });

  it('gives a follower that takes slowly everything, and holds only a little of it', async () => {
    const client = await follow();
    await isHeard(client);
    client.pause();
    const texts = upTo(600, 'x'.repeat(20_000));
    for (let at = 0; at < texts.length; at += 20) {
      stored.write(texts.slice(at, at + 20));
      await gateway.publish();
    }
    client.goOn();
    await client.until('all of it', () => textsOf(client).length === 602, 20_000);
    expect(textsOf(client).slice(2)).toEqual(texts);
  }, 40_000);

  it('follows a run that waits until it runs, however long', async () => {
    stored.status = 'queued';
    const client = await follow();
    await client.until('two heartbeats', () => client.comments >= 2);
    expect(client.events).toEqual([]);
    stored.status = 'running';
    await isHeard(client);
  });

  it('finds what nobody told', async () => {
    const client = await follow();
    await isHeard(client);
    stored.write(['lost'], 'lost');
    await client.until('the lost piece', () => textsOf(client).includes('lost'));
    stored.status = 'canceled';
    stored.finishedAt = new Date().toISOString();
    await client.until('the end', () => client.hasEnded);
    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { status: 'canceled' } });
  });

  it('tells only the stream, step and attempt that were asked for', async () => {
    stored.write(['one'], 'lost');
    await stored.end('succeeded');
    for (const search of ['&stream=stderr', '&step=other', '&attempt=2']) {
      const client = await follow(search);
      await client.until('the end', () => client.hasEnded);
      expect(client.events.map(({ event }) => event)).toEqual(['end']);
    }
    const client = await follow('&stream=stdout&step=s&attempt=1');
    await client.until('the end', () => client.hasEnded);
    expect(textsOf(client)).toEqual(['one']);
  });

  it('ends with the session', async () => {
    const token = await gateway.signIn();
    const path = `/runs/${stored.id}/logs?follow=true`;
    const client = await EventClient.open(gateway.origin, '', { token, path });
    clients.push(client);
    await client.begun();
    await gateway.signIn();
    expect((await gateway.send('DELETE', '/api/v1/sessions/current', { token })).status).toBe(204);
    await client.until('the end', () => client.hasEnded);
    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { reason: 'sessionEnded' } });
  });

  it('answers a problem for an unknown run, without a session, and where there are too many followers', async () => {
    const path = `/api/v1/runs/${stored.id}/logs?follow=true`;
    expect((await gateway.send('GET', path, { token: '' })).status).toBe(401);
    for (const _ of upTo(5)) await (await follow()).begun();
    const refused = await gateway.send('GET', path);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
    for (const client of clients.splice(0)) client.hangUp();
    gateway.answer(getRun, () => {
      throw new AppError('NOT_FOUND', 'There is no such run');
    });
    await eventually('the places are free', 5_000, async () => ((await gateway.send('GET', path)).status === 404 ? true : undefined));
  });

  it('answers HEAD without following', async () => {
    const head = await gateway.send('HEAD', `/api/v1/runs/${stored.id}/logs?follow=true`);
    expect([head.status, head.headers.get('content-type'), head.text]).toEqual([200, 'text/event-stream', '']);
  });
});
