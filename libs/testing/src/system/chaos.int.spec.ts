import { describe, expect, it } from '@jest/globals';
import { Chaos } from './chaos.fixture.js';

describe('every process and every server killed at random in the middle of 500 tasks', () => {
  it('leaves each task with exactly one end, none run twice, none begun beside itself', async () => {
    const seed = Date.now() % 2 ** 31;
    const { ended, known, killed, spared, faults } = await Chaos.run({
      tasks: 500,
      seed,
      calmMs: 900,
      pauseMs: 400,
      acceptWithinMs: 140_000,
      endWithinMs: 90_000,
    });
    expect({ seed, killed, faults }).toEqual({ seed, killed, faults: [] });
    expect(ended).toHaveLength(500);
    expect(known).toHaveLength(500);
    expect(spared).toEqual([]);
  }, 240_000);
});
