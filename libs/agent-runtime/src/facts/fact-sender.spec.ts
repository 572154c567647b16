import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import type { FactBatch, FactBatchReply } from '@klevr/contracts/fact';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { FactSpool } from '../journal/fact-spool.js';
import { KeptLog } from '../kept-log.fixture.js';
import { FactSender } from './fact-sender.js';

interface TestFact {
  readonly seq: number;
  readonly text: string;
}

/** A spool whose facts are on disk at once. */
class Source {
  readonly facts = new FactSpool<TestFact>();
  readonly settled: number[] = [];
  lastWrite = (): Promise<void> => Promise.resolve();

  add(count: number, text = ''): void {
    for (let number = 0; number < count; number += 1) this.facts.add({ text }).durable = true;
  }
  settle(seq: number): void {
    this.settled.push(seq);
    this.facts.settle(seq);
  }
}

const journalId = newId('journal');
const stored = (batch: FactBatch): FactBatchReply => ({ results: batch.facts.map(({ seq }) => ({ seq, result: 'stored' })) });
const numbers = (batch: FactBatch | undefined): number[] => (batch?.facts ?? []).map(({ seq }) => seq);

const senderOf = (
  source: Source,
  send: (batch: FactBatch) => Promise<FactBatchReply>,
): { sender: FactSender; clock: FakeClock; aside: object[]; log: KeptLog } => {
  const [clock, log, aside] = [new FakeClock(), new KeptLog(), [] as object[]];
  const setAside = (fact: object): Promise<void> => Promise.resolve(void aside.push(fact));
  return { sender: new FactSender({ journalId: () => journalId, lane: 'events', source, send, setAside, clock, log }), clock, aside, log };
};

describe('the sender of facts', () => {
  it('sends everything in order, one batch at a time, and lets go of what was answered', async () => {
    const source = new Source();
    const batches: FactBatch[] = [];
    let under = 0;
    const { sender } = senderOf(source, async (batch) => {
      batches.push(batch);
      expect((under += 1)).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      under -= 1;
      return stored(batch);
    });
    source.add(4_500);
    sender.wake();
    expect(await sender.drained(1_000)).toBe(true);
    expect(batches.map((batch) => batch.facts.length)).toEqual([2_000, 2_000, 500]);
    expect(batches.flatMap(numbers)).toEqual(Array.from({ length: 4_500 }, (_, index) => index + 1));
  });

  it('keeps a batch within 256 KiB, and sends a larger fact alone', async () => {
    const source = new Source();
    const sizes: number[] = [];
    const { sender } = senderOf(source, (batch) => {
      sizes.push(JSON.stringify(batch).length);
      return Promise.resolve(stored(batch));
    });
    source.add(20, 'x'.repeat(60_000));
    sender.wake();
    await sender.drained(1_000);
    expect(sizes).toHaveLength(5);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(262_144);
  });

  it('sends again after a failure, later each time, and at once when the connection is back', async () => {
    const source = new Source();
    let calls = 0;
    let away = true;
    const { sender, clock } = senderOf(source, (batch) => {
      calls += 1;
      return away ? Promise.reject(new AppError('UNAVAILABLE', 'away')) : Promise.resolve(stored(batch));
    });
    source.add(1);
    sender.wake();
    await clock.advanceAsync(1);
    expect(calls).toBe(1);
    for (const [waitMs, expected] of [
      [130, 2],
      [100, 2],
      [140, 3],
    ] as const) {
      await clock.advanceAsync(waitMs);
      expect(calls).toBe(expected);
    }
    away = false;
    sender.reconnected();
    await clock.advanceAsync(0);
    expect([calls, source.facts.count]).toEqual([4, 0]);
  });

  it('sets a refused fact aside and goes on with the others', async () => {
    const source = new Source();
    const { sender, aside } = senderOf(source, (batch) =>
      Promise.resolve({ results: batch.facts.map(({ seq }) => ({ seq, result: seq === 2 ? ('refused' as const) : ('stored' as const) })) }),
    );
    source.add(3);
    sender.wake();
    expect(await sender.drained(1_000)).toBe(true);
    expect(aside).toMatchObject([{ seq: 2 }]);
  });

  it('finds the one fact that makes its batch unreadable', async () => {
    const source = new Source();
    const poison = 37;
    const arrived = new Set<number>();
    const { sender, aside } = senderOf(source, (batch) => {
      if (numbers(batch).includes(poison)) return Promise.reject(new AppError('BAD_REQUEST', 'cannot be read'));
      for (const seq of numbers(batch)) arrived.add(seq);
      return Promise.resolve(stored(batch));
    });
    source.add(100);
    sender.wake();
    expect(await sender.drained(1_000)).toBe(true);
    expect(aside).toMatchObject([{ seq: poison }]);
    expect(arrived.size).toBe(99);
  });

  it('sends again what an answer passed over', async () => {
    const source = new Source();
    const sent: number[][] = [];
    const { sender, clock } = senderOf(source, (batch) => {
      sent.push(numbers(batch));
      return Promise.resolve({ results: stored(batch).results.slice(0, 1) });
    });
    source.add(2);
    sender.wake();
    await clock.advanceAsync(0);
    expect(sent).toEqual([[1, 2], [2]]);
  });

  it('keeps a fact that an answer passed over, though it answers a later one', async () => {
    const source = new Source();
    const sent: number[][] = [];
    const { sender, clock } = senderOf(source, (batch) => {
      sent.push(numbers(batch));
      return Promise.resolve({ results: sent.length === 1 ? [{ seq: 2, result: 'stored' as const }] : stored(batch).results });
    });
    source.add(2);
    sender.wake();
    await clock.advanceAsync(200);
    expect(sent).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('sends nothing that is not on disk, nor what comes after it', async () => {
    const source = new Source();
    const sent: number[][] = [];
    const { sender, clock } = senderOf(source, (batch) => {
      sent.push(numbers(batch));
      return Promise.resolve(stored(batch));
    });
    source.add(1);
    const waiting = source.facts.add({ text: 'not yet' });
    source.add(1);
    sender.wake();
    await clock.advanceAsync(0);
    expect(sent).toEqual([[1]]);
    waiting.durable = true;
    sender.wake();
    await clock.advanceAsync(0);
    expect(sent).toEqual([[1], [2, 3]]);
  });

  it('waits for a write that is under way, so that a short run goes out as one batch', async () => {
    const source = new Source();
    const sent: number[][] = [];
    const { sender, clock } = senderOf(source, (batch) => {
      sent.push(numbers(batch));
      return Promise.resolve(stored(batch));
    });
    source.add(1);
    const writing = source.facts.add({ text: 'being written' });
    let written: () => void = () => undefined;
    source.lastWrite = () => new Promise((resolve) => (written = resolve));
    sender.wake();
    await clock.advanceAsync(0);
    expect(sent).toEqual([]);
    writing.durable = true;
    written();
    await clock.advanceAsync(0);
    expect(sent).toEqual([[1, 2]]);
  });

  it('says after the time that not everything was answered', async () => {
    const source = new Source();
    const { sender, clock } = senderOf(source, () => new Promise(() => undefined));
    source.add(1);
    sender.wake();
    const drained = sender.drained(3_000);
    await clock.advanceAsync(3_000);
    expect(await drained).toBe(false);
  });

  it('sends nothing while it is shut, and what has come meanwhile after that', async () => {
    const source = new Source();
    const batches: number[][] = [];
    const { sender, clock } = senderOf(source, (batch) => {
      batches.push(numbers(batch));
      return Promise.resolve(stored(batch));
    });
    sender.setShut(true);
    source.add(2);
    sender.wake();
    sender.reconnected();
    await clock.advanceAsync(60_000);
    expect([batches, await sender.drained(1_000)]).toEqual([[], false]);
    sender.setShut(false);
    expect(await sender.drained(1_000)).toBe(true);
    expect(batches).toEqual([[1, 2]]);
  });

  it('that is shut in the middle of a failure sends no more of it', async () => {
    const source = new Source();
    let tries = 0;
    const { sender, clock } = senderOf(source, () => {
      tries += 1;
      return Promise.reject(new AppError('UNAVAILABLE', 'away'));
    });
    source.add(1);
    sender.wake();
    await clock.advanceAsync(0);
    sender.setShut(true);
    await clock.advanceAsync(60_000);
    expect(tries).toBe(1);
  });
});
