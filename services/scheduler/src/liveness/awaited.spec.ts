import { describe, expect, it } from '@jest/globals';
import { Awaited } from './awaited.js';

describe('agents that their primary should hear', () => {
  it('are told once where they were not heard in time', () => {
    const awaited = new Awaited();
    awaited.add('z', ['a', 'b', 'c'], 100);
    awaited.heard('z', 'b');
    expect(awaited.nextDueMs('z')).toBe(100);
    expect(awaited.overdue('z', 99)).toEqual([]);
    expect(awaited.overdue('z', 100)).toEqual(['a', 'c']);
    expect(awaited.overdue('z', 200)).toEqual([]);
    expect(awaited.nextDueMs('z')).toBeUndefined();
  });

  it('have their time anew with a hello or a new primary', () => {
    const awaited = new Awaited();
    awaited.add('z', ['a', 'b'], 100);
    awaited.add('z', ['a'], 150);
    expect(awaited.overdue('z', 120)).toEqual(['b']);
    expect(awaited.nextDueMs('z')).toBe(150);
    awaited.forgetZone('z');
    expect(awaited.overdue('z', 500)).toEqual([]);
  });
});
