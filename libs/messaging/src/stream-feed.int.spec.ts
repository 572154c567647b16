import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { streams } from '@klevr/contracts/streams';
import { subjects } from '@klevr/contracts/subjects';
import { eventually } from '@klevr/testing/eventually';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { SecuredNats } from './auth/secured-nats.fixture.js';
import type { Bus } from './bus.js';
import { StreamPublisher } from './jetstream-publish.js';
import { ensureStreams } from './jetstream-setup.js';
import { type FeedHandler, StreamFeed, readStream, streamRange } from './stream-feed.js';

const plan = { ...streams.events, maxBytes: 8 * 1024 * 1024 };
const everything = subjects.event.wildcard();

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

/** What a feed told, in order: messages by their text, gaps by their sequences. */
class Witness implements FeedHandler {
  readonly told: string[] = [];
  readonly errors: unknown[] = [];
  followed = 0;

  following(): void {
    this.followed++;
  }

  message({ bytes }: { bytes: Uint8Array }): void {
    this.told.push(new TextDecoder().decode(bytes));
  }

  gap({ from, to, reason }: { from: number; to: number; reason: string }): void {
    this.told.push(`${reason} ${from}..${to}`);
  }

  broken(error: unknown): void {
    this.errors.push(error);
  }

  async hasTold(last: string): Promise<string[]> {
    await eventually(`${last} is told`, 20_000, () => (this.told.at(-1) === last ? true : undefined));
    return this.told;
  }
}

describe('a feed of a stream, with the permissions of the gateway', () => {
  let nats: SecuredNats;
  let gateway: Bus;
  let scheduler: Bus;
  let operator: JetStreamManager;
  let feed: StreamFeed;
  let witness: Witness;

  beforeAll(async () => {
    nats = await SecuredNats.start();
    scheduler = await nats.serviceBus('scheduler');
    gateway = await nats.serviceBus('gateway');
    operator = await jetstreamManager(await nats.connectOperator());
  }, 60_000);

  beforeEach(async () => {
    await ensureStreams(scheduler, [plan]);
    witness = new Witness();
  });

  afterEach(async () => {
    feed.stop();
    await operator.streams.delete(plan.name);
  }, 20_000);

  afterAll(async () => {
    await nats.stop();
  });

  const start = async (backlog = 0): Promise<void> => {
    feed = new StreamFeed({ bus: gateway, stream: plan.name, subject: everything, backlog, handler: witness });
    await eventually('the feed follows', 5_000, () => (witness.followed > 0 ? true : undefined));
  };

  const publish = async (...texts: string[]): Promise<void> => {
    const publisher = new StreamPublisher(scheduler);
    for (const text of texts) {
      const subject = subjects.event.build({ topic: 'host', zone: newId('zone'), id: newId('agent') });
      await publisher.publish({ id: newId('message'), subject, schema: 'event', body: text });
    }
  };

  it('tells the wanted number of messages of the past, then what comes, in order', async () => {
    await publish('1', '2', '3');
    await start(2);
    await publish('4', '5');
    expect(await witness.hasTold('5')).toEqual(['2', '3', '4', '5']);
  });

  it('waits for a stream that is not made yet', async () => {
    await operator.streams.delete(plan.name);
    feed = new StreamFeed({ bus: gateway, stream: plan.name, subject: everything, backlog: 0, handler: witness });
    await eventually('it cannot follow', 5_000, () => (witness.errors.length > 0 ? true : undefined));
    await ensureStreams(scheduler, [plan]);
    await eventually('the feed follows', 5_000, () => (witness.followed > 0 ? true : undefined));
    await publish('first');
    expect(await witness.hasTold('first')).toEqual(['first']);
  });

  it('loses and doubles nothing over restarts of NATS', async () => {
    await start();
    const expected: string[] = [];
    for (let round = 0; round < 2; round++) {
      const texts = Array.from({ length: 50 }, (_, at) => `${round}-${at}`);
      await publish(...texts);
      expected.push(...texts);
      // What stands there when the connection breaks may or may not have been told.
      await nats.restartServer();
      await eventually('the scheduler is back', 10_000, () => (scheduler.connected ? true : undefined));
    }
    await eventually('the stream is back', 10_000, async () => ((await streamRange(scheduler, plan.name)).last > 0 ? true : undefined));
    await publish('last');
    expect(await witness.hasTold('last')).toEqual([...expected, 'last']);
    await eventually('who cleans up is back', 10_000, async () => operator.getAccountInfo());
  }, 60_000);

  it('catches up with what was stored while its own connection was away', async () => {
    await start();
    await publish('1');
    await witness.hasTold('1');
    const reconnecting = gateway.reconnect();
    await publish('2', '3', '4');
    await reconnecting;
    await publish('5');
    expect(await witness.hasTold('5')).toEqual(['1', '2', '3', '4', '5']);
  });

  it('goes on when its consumer is taken away', async () => {
    await start();
    await publish('1');
    await witness.hasTold('1');
    for await (const { name } of operator.consumers.list(plan.name)) await operator.consumers.delete(plan.name, name);
    await publish('2');
    expect(await witness.hasTold('2')).toEqual(['1', '2']);
  }, 40_000);

  it('tells what the stream dropped before it was read as a gap', async () => {
    await start();
    await publish('1');
    await witness.hasTold('1');
    // Held back by the server, so that they are there and gone before the feed can have seen them.
    for await (const { name } of operator.consumers.list(plan.name)) await operator.consumers.pause(plan.name, name, inAnHour());
    await publish('2', '3', '4');
    await operator.streams.purge(plan.name, { seq: 4 });
    await gateway.reconnect();
    expect(await witness.hasTold('4')).toEqual(['1', 'expired 2..3', '4']);
  });

  it('tells that the stream was made anew, and follows the new one', async () => {
    await start();
    await publish('1', '2', '3');
    await witness.hasTold('3');
    await operator.streams.delete(plan.name);
    await ensureStreams(scheduler, [plan]);
    await publish('new 1');
    await eventually('the gap is told', 20_000, () => (witness.told.some((one) => one.startsWith('replaced')) ? true : undefined));
    await publish('new 2');
    expect(await witness.hasTold('new 2')).toEqual(['1', '2', '3', 'replaced 1..1', 'new 2']);
  }, 40_000);

  it('reads pieces of the past, and leaves no consumer behind', async () => {
    await publish('1', '2', '3', '4');
    await start();
    const texts = async (from: number, max: number): Promise<[number, string][]> =>
      (await readStream(gateway, plan.name, from, max, everything)).map(({ seq, bytes }) => [seq, new TextDecoder().decode(bytes)]);
    expect(await texts(2, 2)).toEqual([
      [2, '2'],
      [3, '3'],
    ]);
    expect(await texts(3, 10)).toEqual([
      [3, '3'],
      [4, '4'],
    ]);
    expect(await texts(5, 10)).toEqual([]);
    expect(await streamRange(gateway, plan.name)).toMatchObject({ first: 1, last: 4 });
    await eventually('one consumer, the feed itself', 5_000, async () =>
      (await operator.streams.info(plan.name)).state.consumer_count === 1 ? true : undefined,
    );
  });
});
