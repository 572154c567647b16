import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@klevr/platform/logger';
import { LogMemory } from './log-memory.js';

const linesOf = (text: string): { msg: string }[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { msg: string });

describe('the memory of the agent log', () => {
  const logged = (): { memory: LogMemory; log: ReturnType<typeof createLogger> } => {
    const memory = new LogMemory();
    return { memory, log: createLogger({ service: 'agent', level: 'trace', destination: { write: (line) => memory.add(line) } }) };
  };

  it('gives the last lines, oldest first', () => {
    const { memory, log } = logged();
    for (const number of [1, 2, 3]) log.info({ number }, `line ${number}`);
    expect(linesOf(memory.last(2, undefined, 65_536)).map(({ msg }) => msg)).toEqual(['line 2', 'line 3']);
  });

  it('gives only lines of a level and of those above it', () => {
    const { memory, log } = logged();
    log.debug({}, 'detail');
    log.warn({}, 'strange');
    log.info({}, 'usual');
    log.error({}, 'bad');
    expect(linesOf(memory.last(10, 'warn', 65_536)).map(({ msg }) => msg)).toEqual(['strange', 'bad']);
  });

  it('gives whole lines within the bytes that are asked for, the newest', () => {
    const { memory, log } = logged();
    for (let number = 0; number < 2_000; number += 1) log.info({ filler: 'ü'.repeat(100) }, `line ${number}`);
    const text = memory.last(10_000, undefined, 65_536);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536);
    expect(Buffer.byteLength(text)).toBeGreaterThan(65_000);
    expect(linesOf(text).at(-1)?.msg).toBe('line 1999');
  });

  it('holds no secret that the log masks', () => {
    const { memory, log } = logged();
    log.info({ jwt: 'eyJ-secret', nested: { password: 'secret' } }, 'connected');
    expect(memory.last(10, undefined, 65_536)).not.toContain('secret');
  });

  it('is bounded, however much is logged', () => {
    const memory = new LogMemory();
    for (let number = 0; number < 60_000; number += 1) memory.add(`{"level":"info","n":${number}}`);
    memory.add(`{"level":"info","long":"${'x'.repeat(3_000_000)}"}`);
    const held = memory.last(100_000, undefined, Number.MAX_SAFE_INTEGER);
    expect(held.split('\n')).toHaveLength(10_001);
    expect(held.length).toBeLessThan(2_200_000);
    for (let number = 0; number < 1_000; number += 1) memory.add('y'.repeat(8_000));
    expect(memory.last(100_000, undefined, Number.MAX_SAFE_INTEGER).length).toBeLessThan(2_200_000);
  });
});
