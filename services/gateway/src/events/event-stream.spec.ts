import { describe, expect, it } from '@jest/globals';
import type { FeedMessage } from '@klevr/messaging/stream-feed';
import { type EventSource, EventStream } from './event-stream.js';
import { RecentEvents } from './recent-events.js';
import { storedEventOf } from './stored-event.js';

const messageOf = (seq: number): FeedMessage => ({
  seq,
  subject: 's',
  bytes: Buffer.from(JSON.stringify({ type: seq % 2 === 0 ? 'host.even' : 'host.odd', zoneId: 'z', subjectId: 's' })),
});

/** A stream of NATS that holds some sequences, and the memory in front of it. */
class FakeSource implements EventSource {
  recent: RecentEvents | undefined;
  stored: number[] = [];
  isAway = false;

  remember(startSeq: number, ...seqs: number[]): this {
    this.recent = new RecentEvents(10, 1_000_000, startSeq);
    this.happen(...seqs);
    return this;
  }

  happen(...seqs: number[]): void {
    for (const seq of seqs) {
      const event = storedEventOf(messageOf(seq));
      if (event) this.recent?.add(event);
      this.stored.push(seq);
    }
  }

  range(): Promise<{ first: number; last: number }> {
    return this.answer({ first: this.stored[0] ?? 1, last: this.stored.at(-1) ?? 0 });
  }

  read(fromSeq: number): Promise<FeedMessage[]> {
    return this.answer(
      this.stored
        .filter((seq) => seq >= fromSeq)
        .slice(0, 3)
        .map(messageOf),
    );
  }

  private answer<T>(value: T): Promise<T> {
    return this.isAway ? Promise.reject(new Error('away')) : Promise.resolve(value);
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a client of this stream would have been sent so far. */
function listen(source: FakeSource, options: { lastEventId?: number; matches?: (type: string) => boolean } = {}) {
  const { matches } = options;
  const stream = new EventStream(source, ({ type }) => type === 'gap' || (matches?.(type) ?? true), options.lastEventId);
  const sent: string[] = [];
  const state = { hasEnded: false };
  const chunks = stream.chunks();
  /** Takes so many chunks, or all there will ever be. */
  const take = async (count = Infinity): Promise<void> => {
    for (let taken = 0; taken < count; taken++) {
      const { value, done } = (await chunks.next()) as IteratorResult<Buffer, undefined>;
      if (done === true) {
        state.hasEnded = true;
        return;
      }
      sent.push(...value.toString().split('\n\n').filter(Boolean));
    }
  };
  const seqs = (): string[] =>
    sent
      .filter((block) => block.includes('event: '))
      .map((block) => /^id: (\d+)\nevent: gap/.exec(block)?.[0] ?? /^id: (\d+)/.exec(block)?.[1] ?? block);
  return { stream, sent, state, take, seqs };
}

describe('the stream of one client', () => {
  it('begins with the present place, then tells what happens', async () => {
    const source = new FakeSource().remember(5, 5, 6);
    const client = listen(source);
    void client.take();
    await settle();
    expect(client.sent).toEqual(['retry: 1000', 'id: 6']);
    source.happen(7);
    client.stream.wake();
    await settle();
    expect(client.seqs()).toEqual(['7']);
  });

  it('waits for a stream that was never reached, from where the client stood', async () => {
    const source = new FakeSource();
    const [fresh, resumed] = [listen(source), listen(source, { lastEventId: 5 })];
    void fresh.take();
    void resumed.take();
    await settle();
    source.remember(5, 5, 6, 7);
    for (const { stream } of [fresh, resumed]) stream.wake();
    await settle();
    expect([fresh.seqs(), resumed.seqs()]).toEqual([[], ['6', '7']]);
  });

  it('goes from what NATS keeps to what is in memory without loss or doubling', async () => {
    const source = new FakeSource();
    source.happen(1, 2, 3, 4, 5, 6, 7);
    source.remember(8, 8, 9);
    const client = listen(source, { lastEventId: 0 });
    void client.take();
    await settle();
    expect(client.seqs()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });

  it('tells the gap in front of what NATS still keeps, and one up to what is in memory', async () => {
    const source = new FakeSource();
    source.happen(5);
    source.remember(6, 6);
    const client = listen(source, { lastEventId: 2 });
    void client.take();
    await settle();
    expect(client.seqs()).toEqual(['id: 4\nevent: gap', '5', '6']);
    const empty = new FakeSource().remember(9);
    const late = listen(empty, { lastEventId: 2 });
    void late.take();
    await settle();
    expect(late.sent.at(-1)).toBe('id: 8\nevent: gap\ndata: {"from":3,"to":8,"reason":"expired"}');
  });

  it('waits while NATS is away, and goes on when it wakes', async () => {
    const source = new FakeSource();
    source.happen(1, 2);
    source.remember(3, 3);
    source.isAway = true;
    const client = listen(source, { lastEventId: 0 });
    void client.take();
    await settle();
    expect(client.seqs()).toEqual([]);
    source.isAway = false;
    client.stream.wake();
    await settle();
    expect(client.seqs()).toEqual(['1', '2', '3']);
  });

  it('is patient with an id that another replica told before this one heard of it', async () => {
    const source = new FakeSource().remember(1, 1, 2);
    source.stored.push(3, 4);
    const client = listen(source, { lastEventId: 4 });
    void client.take();
    await settle();
    source.stored.length = 2;
    source.happen(3, 4, 5);
    client.stream.wake();
    await settle();
    expect(client.seqs()).toEqual(['5']);
  });

  it('tells of an id beyond all, and goes on from the last', async () => {
    const source = new FakeSource().remember(1, 1, 2);
    const client = listen(source, { lastEventId: 50 });
    void client.take();
    await settle();
    source.happen(3);
    client.stream.wake();
    await settle();
    expect(client.seqs()).toEqual(['id: 2\nevent: gap', '3']);
    expect(client.sent[1]).toContain('"reason":"replaced"');
  });

  it('goes over to a stream that was made anew, by what tells of it', async () => {
    const source = new FakeSource().remember(50, 50);
    const client = listen(source);
    void client.take();
    await settle();
    source.recent?.restart({ seq: 1, type: 'gap', zoneId: '', subjectId: '', frame: Buffer.from('id: 1\nevent: gap\ndata: {}\n\n') });
    source.happen(2);
    client.stream.wake();
    await settle();
    expect(client.seqs()).toEqual(['id: 1\nevent: gap', '2']);
  });

  it('moves the place on by what the filter holds back, and tells it with each heartbeat', async () => {
    const source = new FakeSource().remember(1);
    const client = listen(source, { matches: (type) => type === 'host.even' });
    void client.take();
    await settle();
    source.happen(1, 2, 3);
    client.stream.wake();
    await settle();
    client.stream.heartbeat();
    await settle();
    expect(client.sent.slice(2)).toEqual([expect.stringContaining('id: 2\n'), ': heartbeat\nid: 3']);
  });

  it('is ended when it does not keep up, and says so', async () => {
    const source = new FakeSource().remember(1);
    const client = listen(source);
    await client.take(2);
    source.happen(1);
    await client.take(1);
    source.happen(...Array.from({ length: 20 }, (_, at) => at + 2));
    await client.take();
    expect(client.state.hasEnded).toBe(true);
    expect(client.seqs().slice(0, -1)).toEqual(['1']);
    expect(client.sent.at(-1)).toContain('"reason":"tooSlow"');
  });

  it.each([
    ['sessionEnded', 1],
    ['gone', 0],
  ] as const)('ends at once with %s and %i words about it', async (reason, words) => {
    const client = listen(new FakeSource().remember(1));
    const taking = client.take();
    await settle();
    client.stream.end(reason);
    client.stream.end('stopping');
    await taking;
    expect(client.state.hasEnded).toBe(true);
    expect(client.sent.filter((block) => block.includes('event: end') && block.includes(reason))).toHaveLength(words);
    expect(client.sent.some((block) => block.includes('stopping'))).toBe(false);
  });
});
