import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { after, beforeFirst } from './health-judge.js';

const check = { name: 'it', retries: 3, startSeconds: 10 };
const statesOf = (answers: readonly (readonly [atSeconds: number, good: boolean])[]): string[] => {
  let memory = beforeFirst(check, 0);
  return answers.map(([atSeconds, good]) => {
    memory = after(memory, { good, message: 'm' }, check, 0, atSeconds * 1000);
    return memory.health.state;
  });
};

describe('a health check', () => {
  it('is starting until it was good once, or its time to start is over', () => {
    expect(
      statesOf([
        [1, false],
        [9, false],
        [9.5, false],
      ]),
    ).toEqual(['starting', 'starting', 'starting']);
    expect(
      statesOf([
        [1, false],
        [2, true],
      ]),
    ).toEqual(['starting', 'healthy']);
    expect(
      statesOf([
        [1, false],
        [2, false],
        [11, false],
      ]),
    ).toEqual(['starting', 'starting', 'unhealthy']);
  });

  it('forgives failures in a row but for the last one that it may have, also while it starts where it was good already', () => {
    expect(
      statesOf([
        [1, true],
        [2, false],
        [3, false],
        [4, false],
        [5, true],
      ]),
    ).toEqual(['healthy', 'healthy', 'healthy', 'unhealthy', 'healthy']);
    expect(
      statesOf([
        [11, true],
        [12, false],
        [13, false],
        [14, true],
        [15, false],
        [16, false],
      ]).at(-1),
    ).toBe('healthy');
  });

  it('tells since when it is so, and what the last answer was', () => {
    const first = after(beforeFirst(check, 0), { good: true, message: 'answered 200' }, check, 0, 5_000);
    expect(first.health).toEqual({ name: 'it', state: 'healthy', message: 'answered 200', since: '1970-01-01T00:00:05.000Z' });
    const second = after(first, { good: true, message: 'answered 204' }, check, 0, 9_000);
    expect(second.health).toMatchObject({ message: 'answered 204', since: '1970-01-01T00:00:05.000Z' });
  });

  it('is healthy after a good answer and never unhealthy before as many bad ones as it may have', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (answers) => {
        const states = statesOf(answers.map((good, index) => [index * 4, good]));
        const wrong = answers.filter((good, index) => {
          const badInARow = !answers.slice(index - 2, index + 1).includes(true) && index >= 2;
          return good ? states[index] !== 'healthy' : states[index] === 'unhealthy' && !badInARow;
        });
        expect(wrong).toEqual([]);
      }),
    );
  });
});
