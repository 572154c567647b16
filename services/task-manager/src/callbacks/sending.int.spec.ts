import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { inTransaction } from '@klevr/persistence/transaction';
import { FakeClock } from '@klevr/platform/fake-clock';
import { Log } from '@klevr/platform/log';
import { eventually } from '@klevr/testing/eventually';
import { refreshHearers } from '../webhooks/hearers.store.js';
import { TaskManagers } from '../task-manager.fixture.js';
import { AddressPolicy } from './address-policy.js';
import { BodiesService } from './bodies.service.js';
import { CallbacksService, CallbackStores } from './callbacks.service.js';
import { DeliveryLogStore } from './delivery-log.store.js';
import { makeDue } from './due.store.js';
import { LanesStore, leaseMs } from './lanes.store.js';
import { hang, Receiver, status, type AnswerWith } from './receiver.fixture.js';
import { SettleStore } from './settle.store.js';
import { WebhookClient, type WebhookMessage } from './webhook.client.js';

/** As the real one, with less patience. */
class HastyClient extends WebhookClient {
  override post(message: WebhookMessage): ReturnType<WebhookClient['post']> {
    return super.post(message, 300);
  }
}

/** The sender alone, on its own clock; messages are events of hosts, made due by the test. */
describe('the sender of callbacks', () => {
  let centre: TaskManagers;
  let receiver: Receiver;
  let clock: FakeClock;
  let sender: CallbacksService;
  let log: DeliveryLogStore;
  let hook: string;

  const senderOf = (client: WebhookClient, lanes = new LanesStore(centre.database)): CallbacksService => {
    const [app] = centre.replicas;
    if (app === undefined) throw new Error('no replica runs');
    const stores = new CallbackStores(lanes, new SettleStore(centre.database), app.get(BodiesService));
    return new CallbacksService(stores, client, clock, app.get(Log));
  };

  beforeAll(async () => {
    receiver = await Receiver.start();
    centre = await TaskManagers.open(1);
    log = new DeliveryLogStore(centre.database);
    // Its own would send what is due by the real clock.
    await centre.replicas[0]?.get(CallbacksService).stop();
  }, 60_000);
  afterAll(async () => {
    await centre.close();
    receiver.stop();
  }, 30_000);
  beforeEach(() => {
    clock = new FakeClock(Date.now());
    sender = senderOf(new WebhookClient(new AddressPolicy(true)));
  });
  afterEach(async () => {
    await sender.stop();
    for (const table of ['webhooks', 'delivery_lanes', 'callback_deliveries']) await centre.database.query(`DELETE FROM ${table}`);
  });

  const now = (): Date => new Date(clock.nowMs());
  const subscribe = async (url: string): Promise<void> => {
    hook = newId('webhook');
    const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
    await centre.database.query(
      `INSERT INTO webhooks (id, url, triggers, events, description, secret, enabled, revision, created_by, created_at)
       VALUES (?, ?, '[]', ?, '', ?, TRUE, 1, 'tester', ?)`,
      [hook, url, `["host.${new URL(url).port === new URL(receiver.origin).port ? 'lost' : 'left'}"]`, secret, now()],
    );
    await refreshHearers(centre.database, now());
  };
  /** One message about each host, for whoever hears of lost hosts, or of those that left. */
  const tell = (hosts: readonly string[], type: 'host.lost' | 'host.left' = 'host.lost'): Promise<boolean> =>
    inTransaction(centre.database, (manager) => {
      const events = hosts.map((subjectId) => ({
        id: newId('message'),
        time: now().toISOString(),
        type,
        zoneId: 'zone_1',
        subjectId,
        data: {},
      }));
      return makeDue(manager, { events }, now());
    });
  const deliveries = async () => (await log.list({ webhookId: hook, limit: 200 })).items;
  const delivery = (what: string, fits: (one: Awaited<ReturnType<typeof deliveries>>[number]) => boolean) =>
    eventually(what, 10_000, async () => (await deliveries()).find(fits));
  const tried = (attempts: number) => delivery(`${attempts} tries`, (one) => one.attempts === attempts);
  const path = (): string => `/${newId('message')}`;
  const answerWith = async (...answers: AnswerWith[]): Promise<string> => {
    const at = path();
    receiver.answers.set(at, answers);
    await subscribe(`${receiver.origin}${at}`);
    return at;
  };

  it('tries again after 500 three times, after 5 s, 15 s and a minute, with the same id, until it is taken', async () => {
    const at = await answerWith(status(500), status(500), status(500));
    await tell(['agt_1']);
    sender.wake();
    for (const [attempts, seconds] of [
      [1, 5],
      [2, 15],
      [3, 60],
    ] as const) {
      const { nextAt } = await tried(attempts);
      const pauseMs = Date.parse(nextAt ?? '') - clock.nowMs();
      expect(pauseMs).toBeGreaterThanOrEqual(seconds * 1_000);
      expect(pauseMs).toBeLessThanOrEqual(seconds * 1_100);
      await clock.advanceAsync(pauseMs);
    }
    const done = await delivery('delivered', (one) => one.state === 'delivered');
    expect(done.tries.map((one) => one.status)).toEqual([500, 500, 500, 204]);
    expect(done).toMatchObject({ attempts: 4, nextAt: null, endedAt: now().toISOString() });
    expect(new Set(receiver.at(at).map(({ headers }) => headers['webhook-id']))).toEqual(new Set([done.id]));
    expect(new Set(receiver.at(at).map(({ headers }) => headers['webhook-timestamp'])).size).toBe(4);
  }, 20_000);

  it('gives up after 24 hours, and not before', async () => {
    await answerWith(...Array.from({ length: 30 }, () => status(500)));
    await tell(['agt_1']);
    const startedMs = clock.nowMs();
    sender.wake();
    for (let attempts = 1; ; attempts++) {
      const { state, nextAt, endedAt } = await tried(attempts);
      if (state === 'failed') {
        expect(Date.parse(endedAt ?? '') - startedMs).toBe(86_400_000);
        break;
      }
      await clock.advanceAsync(Date.parse(nextAt ?? '') - clock.nowMs());
    }
  }, 30_000);

  it.each([
    ['a time-out', hang, { status: null, error: expect.stringContaining('no answer within 300 ms') }],
    ['a redirect', status(302, { location: '/elsewhere' }), { status: 302, error: null }],
  ])('takes %s as a failed try', async (_what, answer, expected) => {
    await sender.stop();
    sender = senderOf(new HastyClient(new AddressPolicy(true)));
    await answerWith(answer);
    await tell(['agt_1']);
    sender.wake();
    expect(await tried(1)).toMatchObject({ state: 'due', tries: [expected] });
    expect(receiver.at('/elsewhere')).toEqual([]);
  });

  it('takes the head of an answer for the answer, however long its body takes', async () => {
    await sender.stop();
    sender = senderOf(new HastyClient(new AddressPolicy(true)));
    await answerWith((response) => void response.writeHead(200).write('and so on'));
    await tell(['agt_1']);
    sender.wake();
    expect(await tried(1)).toMatchObject({ state: 'delivered', tries: [{ status: 200 }] });
  });

  it('ends at once where the receiver is gone, and waits as long as one asks', async () => {
    await answerWith(status(410));
    await tell(['agt_1']);
    sender.wake();
    expect(await tried(1)).toMatchObject({ state: 'failed', nextAt: null, tries: [{ status: 410 }] });
    await answerWith(status(429, { 'retry-after': '3600' }));
    await tell(['agt_1']);
    sender.wake();
    const { state, nextAt } = await tried(1);
    expect([state, Date.parse(nextAt ?? '') - clock.nowMs()]).toEqual(['due', 3_600_000]);
  });

  it('takes a TLS connection that does not come about, and a port where nobody listens, as failed tries', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await subscribe(`https://127.0.0.1:${port}/`);
    await tell(['agt_1'], 'host.left');
    sender.wake();
    expect(await tried(1)).toMatchObject({ state: 'due', tries: [{ status: null, error: expect.stringMatching(/SSL|TLS|EPROTO/) }] });
    server.close();
    await once(server, 'close');
    await clock.advanceAsync(6_000);
    expect(await tried(2)).toMatchObject({ state: 'due', tries: [{}, { status: null, error: expect.stringContaining('ECONNREFUSED') }] });
  });

  it('sends what belongs together in order: the later waits until the earlier is delivered or has failed', async () => {
    const at = await answerWith(status(500));
    for (let count = 0; count < 3; count++) await tell(['agt_1']);
    sender.wake();
    await tried(1);
    await tell(['agt_2']);
    sender.wake();
    await eventually('the other host', 5_000, async () => ((await deliveries())[0]?.state === 'delivered' ? true : undefined));
    const [, third, second, first] = await deliveries();
    expect([first?.attempts, second?.attempts, third?.attempts]).toEqual([1, 0, 0]);
    expect([second?.nextAt, third?.nextAt]).toEqual([null, null]);
    receiver.answers.set(at, [status(410)]);
    await clock.advanceAsync(Date.parse(first?.nextAt ?? '') - clock.nowMs());
    await eventually('the third', 5_000, async () => ((await deliveries())[1]?.state === 'delivered' ? true : undefined));
    expect((await deliveries()).map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered', 'failed']);
    const ids = receiver.at(at).map(({ headers }) => headers['webhook-id']);
    expect(ids.filter((id) => id === first?.id || id === second?.id || id === third?.id)).toEqual([
      first?.id,
      first?.id,
      second?.id,
      third?.id,
    ]);
  });

  it('sends again what was delivered or has failed, in its place in the order', async () => {
    const at = await answerWith(status(410));
    await tell(['agt_1']);
    sender.wake();
    const { id } = await delivery('failed', (one) => one.state === 'failed');
    receiver.answers.set(at, [status(204), status(500)]);
    const again = await log.redeliver({ id }, undefined, now());
    expect(again).toMatchObject({ id, state: 'due', attempts: 1, nextAt: now().toISOString(), endedAt: null });
    await expect(log.redeliver({ id }, undefined, now())).rejects.toMatchObject({ code: 'WRONG_STATE' });
    sender.wake();
    expect(await delivery('delivered', (one) => one.state === 'delivered')).toMatchObject({ id, attempts: 2 });
    await tell(['agt_1']);
    sender.wake();
    const waiting = await delivery('a failed try', (one) => one.state === 'due' && one.attempts === 1);
    await log.redeliver({ id }, undefined, now());
    sender.wake();
    expect(await delivery('delivered again', (one) => one.id === id && one.attempts === 3)).toMatchObject({ state: 'delivered' });
    expect(await delivery('the same pause', (one) => one.id === waiting.id)).toMatchObject({ attempts: 1, nextAt: waiting.nextAt });
  });

  it('sends again with the same id what was answered and not recorded', async () => {
    const at = await answerWith();
    await tell(['agt_1']);
    const lanes = new LanesStore(centre.database);
    const [{ receiver: origin } = { receiver: '' }] = await lanes.receivers();
    const [leased] = await lanes.lease([{ receiver: origin, limit: 1 }], now());
    if (leased === undefined) throw new Error('nothing is due');
    sender.wake();
    await clock.advanceAsync(leaseMs - 1);
    expect(receiver.at(at)).toEqual([]);
    await clock.advanceAsync(1);
    const [post] = await receiver.on(at, 1);
    expect(post?.headers['webhook-id']).toBe(leased.id);
    await delivery('delivered', (one) => one.state === 'delivered');
    // The one who comes back has lost the lane.
    const lost = {
      delivery: leased,
      tried: { at: now().toISOString(), status: 500, error: null, durationMs: 1 },
      next: { step: 'failed' as const },
    };
    await new SettleStore(centre.database).settle([lost], now());
    expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
  });

  it('does not let a receiver that hangs hold up another', async () => {
    const other = await Receiver.start();
    try {
      other.usual = hang;
      await subscribe(`${other.origin}/hangs`);
      await tell(
        Array.from({ length: 1_000 }, (_, index) => `agt_${index}`),
        'host.left',
      );
      sender.wake();
      await other.on('/hangs', 8);
      const at = await answerWith();
      const startedAt = performance.now();
      await tell(Array.from({ length: 20 }, (_, index) => `agt_${index}`));
      sender.wake();
      await receiver.on(at, 20);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      expect(other.at('/hangs')).toHaveLength(8);
    } finally {
      other.stop();
    }
  }, 20_000);
});
