import { describe, expect, it } from '@jest/globals';
import { limits, ReceiverLimits } from './receiver-limits.js';

const begin = (of: ReceiverLimits, receiver: string, count: number): void => {
  for (let index = 0; index < count; index++) of.begin(receiver);
};

describe('how many tries are under way at once', () => {
  it('grows with each quick answer, up to the most', () => {
    const of = new ReceiverLimits();
    expect(of.free('a')).toBe(limits.first);
    for (let index = 0; index < 100; index++) {
      of.begin('a');
      of.heard('a', true, 5);
      of.end('a');
    }
    expect(of.free('a')).toBe(limits.most);
  });

  it('is filled again once half of it is free', () => {
    const of = new ReceiverLimits();
    begin(of, 'a', limits.first);
    const free = Array.from({ length: limits.first / 2 }, () => {
      of.end('a');
      return of.free('a');
    });
    expect(free).toEqual([...free.slice(1).map(() => 0), limits.first / 2]);
  });

  it('comes down to one where answers are slow or do not come', () => {
    const of = new ReceiverLimits();
    begin(of, 'a', limits.first);
    for (let index = 0; index < limits.first; index++) {
      of.heard('a', index % 2 === 0, limits.slowMs);
      of.end('a');
    }
    expect(of.free('a')).toBe(1);
  });

  it('leaves everybody one place once half of all are taken, and nobody one beyond all', () => {
    const of = new ReceiverLimits();
    for (let receiver = 0; receiver < limits.all / 2 / limits.first; receiver++) begin(of, `hangs ${receiver}`, limits.first);
    expect(of.free('hangs 0')).toBe(0);
    expect(of.free('other')).toBe(1);
    for (let receiver = 0; receiver < limits.all / 2; receiver++) of.begin(`more ${receiver}`);
    expect(of.free('other')).toBe(0);
  });

  it('remembers a bounded number of receivers, those that are busy among them', () => {
    const of = new ReceiverLimits();
    begin(of, 'busy', 3);
    for (let receiver = 0; receiver < limits.remembered * 2; receiver++) {
      of.begin(`r ${receiver}`);
      of.heard(`r ${receiver}`, false, 5);
      of.end(`r ${receiver}`);
    }
    expect(of.free('busy')).toBe(limits.first - 3);
    expect(of.free('r 0')).toBe(limits.first);
    expect(of.free(`r ${limits.remembered * 2 - 1}`)).toBe(limits.first / 2);
  });
});
