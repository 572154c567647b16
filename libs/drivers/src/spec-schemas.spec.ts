import { describe, expect, it } from '@jest/globals';
import { checkSpec } from './spec-schemas.js';

describe('the sections that drivers take', () => {
  it('are checked with every fault at its place', () => {
    expect(checkSpec('pretend', { things: [{ name: 'a', size: 'x', shape: 'round' }], delay: 1 })).toEqual([
      { path: 'things.0.size', message: expect.stringMatching(/number/) },
      { path: 'things.0.shape', message: 'is not known' },
      { path: 'delay', message: 'is not known' },
    ]);
    expect(checkSpec('pretend', { things: [{ name: 'a' }] })).toEqual([]);
  });
});
