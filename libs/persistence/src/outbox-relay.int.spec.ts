import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Clock } from '@klevr/platform/clock';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { DataSource } from 'typeorm';
import { countBacklog } from './outbox-batch.js';
import { OutboxRelay, type PublishOutbox } from './outbox-relay.js';
import { appendOutbox, createOutboxSql, dropOutboxSql, outboxTable, type OutboxMessage } from './outbox.js';
import { FakeBroker } from './fake-broker.fixture.js';
import { openTestDatabase, testEnvironment, type TestDatabase } from './test-database.fixture.js';
import { inTransaction } from './transaction.js';

const table = outboxTable('task-manager');

describe('OutboxRelay', () => {
  let database: TestDatabase;
  let source: DataSource;
  let broker: FakeBroker;
  let made = 0;
  const relays: OutboxRelay[] = [];
  const environment = testEnvironment();

  const message = (subject: string, body: unknown = { n: made }): OutboxMessage => ({
    id: `msg_${++made}`,
    subject,
    headers: { schema: 'x' },
    body,
  });
  const append = (...messages: OutboxMessage[]): Promise<void> =>
    inTransaction(source, (manager) => appendOutbox(manager, table, messages));
  const relayOf = (publish: PublishOutbox, clock: Clock = new FakeClock(), dataSource = source, gatherMs = 0): OutboxRelay => {
    const relay = new OutboxRelay({ dataSource, table, publish, clock, log: environment.log, gatherMs });
    relays.push(relay);
    return relay;
  };
  const backlog = async (): Promise<number> => (await countBacklog(source.manager, table)).waiting;
  /** Ends every relay, which waits for the batch in flight, so that what they did is committed. */
  const stopAll = (): Promise<unknown> => Promise.all(relays.splice(0).map((relay) => relay.stop()));

  beforeEach(async () => {
    database = await openTestDatabase();
    source = await database.dataSource().initialize();
    for (const sql of createOutboxSql(table)) await source.query(sql);
    broker = new FakeBroker();
    environment.lines.length = 0;
  });
  afterEach(async () => {
    await stopAll();
    await database.close();
  });

  it('publishes what is committed, as it was given, and deletes it', async () => {
    const first = message('event.a', { text: 'ä🦊', list: [1, null] });
    const relay = relayOf(broker.publish);
    relay.start();
    await append(first, message('event.b'));
    relay.wake();
    await broker.has(2);
    await stopAll();
    expect(broker.stored[0]).toEqual(first);
    expect(await backlog()).toBe(0);
  });

  it('publishes nothing of a transaction that was undone', async () => {
    const relay = relayOf(broker.publish);
    const undone = inTransaction(source, async (manager) => {
      await appendOutbox(manager, table, [message('event.never')]);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    await append(message('event.kept'));
    relay.start();
    await broker.has(1);
    await stopAll();
    expect(broker.stored.map(({ subject }) => subject)).toEqual(['event.kept']);
  });

  it('drains more than one batch without another wake', async () => {
    await append(...Array.from({ length: 450 }, (_, index) => message(`event.${index % 90}`)));
    relayOf(broker.publish).start();
    await broker.has(450);
    await stopAll();
    expect(await backlog()).toBe(0);
  });

  it('hands over at once when it dies between publish and delete, with copies of the same ids and no other effect', async () => {
    const messages = [message('event.a'), message('event.a'), message('event.b')];
    await append(...messages);
    const doomed = await database.dataSource({ poolSize: 1 }).initialize();
    const [connection] = await doomed.query<{ id: number }[]>('SELECT CONNECTION_ID() AS id');
    let enter = (): void => undefined;
    const published = new Promise<void>((resolve) => {
      enter = resolve;
    });
    const clock = new FakeClock();
    const stuck: PublishOutbox = async (wave) => {
      await broker.publish(wave);
      enter();
      await new Promise(() => undefined);
    };
    relayOf(stuck, clock, doomed).start();
    await published;
    const heir = relayOf(broker.publish);
    heir.start();
    await source.query(`KILL ${connection?.id ?? 0}`);
    await broker.has(3);
    clock.advance(10_000);
    await stopAll();
    expect(broker.copies).toBe(2);
    expect(broker.stored.map(({ id }) => id).sort()).toEqual(messages.map(({ id }) => id).sort());
    expect(await backlog()).toBe(0);
  });

  it('keeps each subject in order with several relays, writers, failures and lost acknowledgements', async () => {
    const subjects = ['event.a', 'event.b', 'event.c'];
    const perWriter = 40;
    await source.query('CREATE TABLE task (id VARCHAR(20) PRIMARY KEY, events INT NOT NULL) ENGINE=InnoDB');
    for (const subject of subjects) await source.query('INSERT INTO task VALUES (?, 0)', [subject]);
    let calls = 0;
    // As a broker behind a bad link: messages of one call arrive in any order, some calls lose a part, some only their acknowledgement.
    const flaky: PublishOutbox = async (messages) => {
      calls++;
      const arriving = [...messages].reverse().filter((_, index) => calls % 7 !== 0 || index % 2 === 0);
      for (const each of arriving) {
        await new Promise((resolve) => setImmediate(resolve));
        broker.store(each);
      }
      if (calls % 7 === 0 || calls % 5 === 0) throw new Error('not acknowledged');
    };
    const three = [1, 2, 3].map(() => relayOf(flaky, environment.clock));
    for (const relay of three) relay.start();
    const writer = async (index: number): Promise<void> => {
      for (let turn = 0; turn < perWriter; turn++) {
        const subject = subjects[(index + turn) % subjects.length] ?? '';
        await inTransaction(source, async (manager) => {
          await manager.query('UPDATE task SET events = events + 1 WHERE id = ?', [subject]);
          const [row] = await manager.query<{ events: number }[]>('SELECT events FROM task WHERE id = ?', [subject]);
          await appendOutbox(manager, table, [message(subject, row?.events)]);
        });
        three[turn % three.length]?.retryNow();
      }
    };
    await Promise.all([0, 1, 2, 3].map(writer));
    await broker.has(4 * perWriter);
    await stopAll();
    for (const subject of subjects) {
      const order = broker.stored.filter((each) => each.subject === subject).map(({ body }) => body);
      expect(order).toEqual(order.map((_, index) => index + 1));
    }
    expect(broker.copies).toBeGreaterThan(0);
  });

  it('takes turns with other relays, so that nothing is published twice while nothing fails', async () => {
    const slow: PublishOutbox = async (messages) => {
      await new Promise((resolve) => setImmediate(resolve));
      await broker.publish(messages);
    };
    const three = [1, 2, 3].map(() => relayOf(slow));
    for (const relay of three) relay.start();
    for (let turn = 0; turn < 30; turn++) {
      await append(message('event.a'), message('event.b'));
      for (const relay of three) relay.wake();
    }
    await broker.has(60);
    await stopAll();
    expect(broker.copies).toBe(0);
    expect(await backlog()).toBe(0);
  });

  it('backs off while publishing fails, says so once, and goes on when told that the broker is back', async () => {
    const clock = new FakeClock();
    const failing = jest.fn<PublishOutbox>().mockRejectedValue(new Error('no broker'));
    const relay = relayOf(failing, clock);
    await append(message('event.a'));
    relay.start();
    await until(() => clock.pendingTimers === 1 && failing.mock.calls.length === 1);
    relay.wake();
    expect(clock.pendingTimers).toBe(1);
    clock.advance(100);
    await until(() => clock.pendingTimers === 1 && failing.mock.calls.length === 2);
    clock.advance(199);
    expect(failing).toHaveBeenCalledTimes(2);
    failing.mockImplementation(broker.publish);
    relay.retryNow();
    await broker.has(1);
    await stopAll();
    expect(environment.lines.map(({ msg }) => msg)).toEqual(['outbox cannot be published now', 'outbox flows again']);
  });

  it('finds by its safety net what nobody woke it for', async () => {
    const clock = new FakeClock();
    relayOf(broker.publish, clock).start();
    await until(() => clock.pendingTimers === 1);
    await append(message('event.a'));
    clock.advance(5_000);
    await broker.has(1);
    expect(broker.stored).toHaveLength(1);
  });

  it('gathers what comes soon after a batch, keeps its order, and waits no longer when it is stopped', async () => {
    const clock = new FakeClock();
    const waves: number[] = [];
    const counted: PublishOutbox = (messages) => (waves.push(messages.length), broker.publish(messages));
    const relay = relayOf(counted, clock, source, 20);
    await append(message('event.a'));
    relay.start();
    await broker.has(1);
    await append(message('event.a'), message('event.b'), message('event.c'));
    relay.wake();
    clock.advance(19);
    expect(waves).toEqual([1]);
    clock.advance(1);
    await broker.has(4);
    expect(broker.stored.map(({ subject }) => subject)).toEqual(['event.a', 'event.a', 'event.b', 'event.c']);
    relay.wake();
    await stopAll();
    expect([waves, clock.pendingTimers]).toEqual([[1, 3], 0]);
  });

  it('sets a message aside that the broker refuses for ever, and lets the rest flow', async () => {
    const [poison, fine] = [message('event.a'), message('event.a')];
    await append(poison, fine);
    relayOf(async (messages) => {
      await broker.publish(messages.filter(({ id }) => id !== poison.id));
      return messages.filter(({ id }) => id === poison.id).map(({ id }) => ({ id, reason: 'no stream takes it' }));
    }).start();
    await broker.has(1);
    await stopAll();
    expect(broker.stored).toEqual([fine]);
    expect(await countBacklog(source.manager, table)).toEqual({ waiting: 0, refused: 1 });
    expect(environment.lines).toContainEqual(expect.objectContaining({ messageId: poison.id, reason: 'no stream takes it' }));
  });

  it('takes no message that could never be published', async () => {
    await expect(append(message('event.a', 'x'.repeat(1024 * 1024)))).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('is made again without harm, and removed', async () => {
    for (const sql of createOutboxSql(table)) await source.query(sql);
    for (const sql of dropOutboxSql(table)) await source.query(sql);
    expect(await source.query('SHOW TABLES')).toEqual([]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000; turn++) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('the condition did not come true');
}
