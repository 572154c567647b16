import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import type { AliveFact, FactBatch, FactBatchReply } from '@klevr/contracts/fact';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import fc from 'fast-check';
import { KeptLog } from '../kept-log.fixture.js';
import { AliveLane } from './alive-lane.js';

type Answer = 'stored' | 'duplicate' | 'refused' | 'silence' | 'nobody';

class Setting {
  readonly clock = new FakeClock();
  readonly batches: { atSeconds: number; runs: string[] }[] = [];
  readonly lanes = new Set<string>();
  readonly ends: [string, string, number][] = [];
  answer: (fact: AliveFact) => Answer | Promise<Answer> = () => 'stored';
  readonly lane = new AliveLane({
    journalId: () => newId('journal'),
    send: (batch) => this.send(batch),
    clock: this.clock,
    nowMs: () => this.clock.nowMs(),
    log: new KeptLog(),
  });

  constructor() {
    this.lane.setShut(false);
  }

  hold(aloneSeconds: number, runId = newId('run'), waitedMs = 0): () => void {
    return this.lane.hold(
      { runId, attempt: 1, aloneSeconds },
      (cause) => this.ends.push([runId, cause, this.clock.uptimeSeconds()]),
      waitedMs,
    );
  }

  private async send(batch: FactBatch): Promise<FactBatchReply> {
    this.lanes.add(batch.lane);
    const facts = batch.facts as unknown as AliveFact[];
    this.batches.push({ atSeconds: this.clock.uptimeSeconds(), runs: facts.map(({ runId }) => runId) });
    const results: FactBatchReply['results'] = [];
    for (const fact of facts) {
      const result = await this.answer(fact);
      if (result === 'nobody') throw new AppError('UNAVAILABLE', 'nobody is there');
      if (result !== 'silence') results.push({ seq: fact.seq, result });
    }
    return { results };
  }
}

describe('the lane of signs of life', () => {
  it('signs for all attempts in one message, a quarter of their time apart but at most 15 s', async () => {
    const setting = new Setting();
    setting.hold(40, 'run_a');
    setting.hold(40, 'run_b');
    setting.hold(3_600, 'run_c');
    await setting.clock.advanceAsync(31_000);
    expect(setting.batches.map(({ atSeconds, runs }) => [Math.round(atSeconds), runs.join()])).toEqual([
      [10, 'run_a,run_b'],
      [15, 'run_c'],
      [20, 'run_a,run_b'],
      [30, 'run_a,run_b,run_c'],
    ]);
    expect([setting.ends, [...setting.lanes]]).toEqual([[], ['alive']]);
  });

  it('holds on as long as it is answered, also where a sign was stored before', async () => {
    const setting = new Setting();
    setting.answer = () => 'duplicate';
    setting.hold(30);
    await setting.clock.advanceAsync(600_000);
    expect(setting.ends).toEqual([]);
  });

  it.each<Answer>(['silence', 'nobody'])('ends the attempt when its time is over, where the answer is "%s"', async (answer) => {
    const setting = new Setting();
    setting.answer = () => answer;
    setting.hold(30, 'run_a');
    await setting.clock.advanceAsync(29_999);
    expect(setting.ends).toEqual([]);
    await setting.clock.advanceAsync(1);
    expect(setting.ends).toEqual([['run_a', 'alone', 30]]);
    // Asked again more often than when all is well.
    expect(setting.batches.length).toBeGreaterThan(8);
    await setting.clock.advanceAsync(60_000);
    expect(setting.clock.pendingTimers).toBe(0);
  });

  it('counts from the sending of the last answered sign, not from its answer', async () => {
    const setting = new Setting();
    let answerFirst: (answer: Answer) => void = () => undefined;
    setting.answer = () => (setting.batches.length === 1 ? new Promise((resolve) => (answerFirst = resolve)) : 'silence');
    setting.hold(30, 'run_a');
    await setting.clock.advanceAsync(12_000);
    answerFirst('stored');
    await setting.clock.advanceAsync(60_000);
    const sentAt = setting.batches[0]?.atSeconds ?? 0;
    expect(sentAt).toBeLessThan(9);
    expect(setting.ends).toEqual([['run_a', 'alone', sentAt + 30]]);
  });

  it('counts from the acceptance before the first answer', async () => {
    const setting = new Setting();
    setting.answer = () => 'silence';
    setting.hold(30, 'run_a', 4_000);
    await setting.clock.advanceAsync(60_000);
    expect(setting.ends).toEqual([['run_a', 'alone', 26]]);
  });

  it('counts the time that the host sleeps, and ends what is over within a second of its waking', async () => {
    const setting = new Setting();
    setting.hold(300, 'run_a');
    await setting.clock.advanceAsync(100_000);
    setting.clock.sleepHost(280_000);
    await setting.clock.advanceAsync(1_000);
    expect(setting.ends).toEqual([]);
    setting.answer = () => 'silence';
    setting.clock.sleepHost(300_000);
    await setting.clock.advanceAsync(1_000);
    expect(setting.ends).toEqual([['run_a', 'alone', 682]]);
  });

  it('ends an attempt that is another’s now at once, and no other', async () => {
    const setting = new Setting();
    setting.answer = ({ runId }) => (runId === 'run_a' ? 'refused' : 'stored');
    setting.hold(40, 'run_a');
    setting.hold(40, 'run_b');
    await setting.clock.advanceAsync(300_000);
    expect(setting.ends).toEqual([['run_a', 'superseded', 10]]);
  });

  it('lets go of an attempt that has ended', async () => {
    const setting = new Setting();
    setting.hold(30)();
    await setting.clock.advanceAsync(60_000);
    expect([setting.batches, setting.ends, setting.clock.pendingTimers]).toEqual([[], [], 0]);
  });

  it('sends nothing without a session, and what is late as soon as there is one', async () => {
    const setting = new Setting();
    setting.lane.setShut(true);
    setting.hold(30);
    await setting.clock.advanceAsync(20_000);
    expect(setting.batches).toEqual([]);
    setting.lane.setShut(false);
    await setting.clock.advanceAsync(0);
    expect(setting.batches).toMatchObject([{ atSeconds: 20 }]);
  });

  it('does not wait for its time when the connection is back', async () => {
    const setting = new Setting();
    setting.answer = () => 'nobody';
    setting.hold(30);
    await setting.clock.advanceAsync(9_000);
    const before = setting.batches.length;
    setting.answer = () => 'stored';
    setting.lane.wake();
    await setting.clock.advanceAsync(0);
    expect(setting.batches).toHaveLength(before + 1);
  });

  it('never lets an attempt run longer than its time after the sending of the last sign that was answered', async () => {
    const answers = fc.array(fc.constantFrom<Answer>('stored', 'silence', 'nobody'), { minLength: 1, maxLength: 60 });
    const sleeps = fc.array(fc.record({ atMs: fc.nat(150_000), forMs: fc.nat(100_000) }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(answers, sleeps, fc.integer({ min: 30, max: 90 }), async (given, slept, aloneSeconds) => {
        const setting = new Setting();
        let held = 0;
        setting.answer = () => {
          const answer = given[(setting.batches.length - 1) % given.length] ?? 'silence';
          if (answer === 'stored') held = setting.clock.uptimeSeconds();
          return answer;
        };
        for (const { atMs, forMs } of slept) setting.clock.setTimer(() => setting.clock.sleepHost(forMs), atMs);
        setting.hold(aloneSeconds);
        await setting.clock.advanceAsync(160_000);
        const sleptSeconds = slept.reduce((sum, { forMs }) => sum + forMs, 0) / 1000;
        const lastedSeconds = (setting.ends[0]?.[2] ?? setting.clock.uptimeSeconds()) - held;
        expect(lastedSeconds).toBeLessThanOrEqual(aloneSeconds + sleptSeconds + (sleptSeconds === 0 ? 0.001 : 1));
        expect(setting.ends.length === 0 || lastedSeconds >= aloneSeconds).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
