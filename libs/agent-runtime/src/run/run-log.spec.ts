import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import fc from 'fast-check';
import type { LogFactBody } from '../journal/log-spool.js';
import { defaultLogBytes } from '@klevr/contracts/execution';
import { maxChunkBytes, RunLog } from './run-log.js';

const step = { phase: 'step', index: 0, try: 1 } as const;
const logOf = (): { log: RunLog; facts: LogFactBody[]; clock: FakeClock; sink: { full: boolean; wait: Promise<void> | undefined } } => {
  const [clock, facts] = [new FakeClock(), [] as LogFactBody[]];
  const sink = { full: false, wait: undefined as Promise<void> | undefined, add: (fact: LogFactBody) => (facts.push(fact), sink.wait) };
  return { log: new RunLog({ runId: newId('run'), attempt: 1 }, sink, clock, () => 5), facts, clock, sink };
};
const bytesOf = (facts: LogFactBody[], stream: string): Buffer =>
  Buffer.concat(facts.filter((fact) => fact.stream === stream).map((fact) => Buffer.from(fact.data, 'base64')));

describe('the output of a run', () => {
  it('is told whole and in order, whatever pieces it comes in', () => {
    const piece = fc.tuple(fc.constantFrom('stdout' as const, 'stderr' as const), fc.nat(200_000));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (sizes) => {
        const { log, facts } = logOf();
        const pieces = sizes.map(([stream, size], at) => [stream, Buffer.alloc(size, `piece ${at}`)] as const);
        for (const [stream, bytes] of pieces) void log.write(step, stream, bytes);
        log.flush(step);
        for (const stream of ['stdout', 'stderr']) {
          const whole = Buffer.concat(pieces.filter(([name]) => name === stream).map(([, bytes]) => bytes));
          expect(bytesOf(facts, stream).equals(whole)).toBe(true);
          let offset = 0;
          for (const fact of facts.filter((one) => one.stream === stream)) {
            expect(fact.offset).toBe(offset);
            const { length } = Buffer.from(fact.data, 'base64');
            expect(length).toBeLessThanOrEqual(maxChunkBytes);
            offset += length;
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('gathers small pieces for a moment', () => {
    const { log, facts, clock } = logOf();
    for (const word of ['a', 'b', 'c']) void log.write(step, 'stdout', Buffer.from(word));
    expect(facts).toEqual([]);
    clock.advance(100);
    expect(bytesOf(facts, 'stdout').toString()).toBe('abc');
    expect(facts).toHaveLength(1);
  });

  it('is cut once after 10 MiB, and says so on its last piece', () => {
    const { log, facts } = logOf();
    for (let written = 0; written < defaultLogBytes + 300_000; written += 100_000)
      void log.write(step, 'stdout', Buffer.alloc(100_000, 'x'));
    log.flush(step);
    expect(bytesOf(facts, 'stdout')).toHaveLength(defaultLogBytes);
    expect(facts.filter(({ cut }) => cut)).toHaveLength(1);
    expect(facts.at(-1)?.cut).toBe(true);
  });

  it('is cut where the spool is full', () => {
    const { log, facts, sink } = logOf();
    sink.full = true;
    void log.write(step, 'stderr', Buffer.from('last words'));
    void log.write(step, 'stderr', Buffer.from('dropped'));
    expect(facts).toMatchObject([{ stream: 'stderr', cut: true, data: Buffer.from('last words').toString('base64') }]);
  });

  it('holds the pipe while the spool asks to', async () => {
    const { log, sink } = logOf();
    let go: () => void = () => undefined;
    sink.wait = new Promise((resolve) => (go = resolve));
    const wait = log.write(step, 'stdout', Buffer.alloc(maxChunkBytes));
    expect(wait).toBeInstanceOf(Promise);
    go();
    await wait;
  });
});
