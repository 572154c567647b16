import { describe, expect, it } from '@jest/globals';
import { Chaos } from './chaos.fixture.js';

const tasks = 10_000;

describe(`every process and every server killed at random in the middle of ${tasks} tasks`, () => {
  it(
    'leaves each task with exactly one end, none run twice, none begun beside itself',
    async () => {
      const seed = Date.now() % 2 ** 31;
      const { ended, known, killed, spared, faults } = await Chaos.run({
        tasks,
        seed,
        calmMs: 2_000,
        pauseMs: 400,
        acceptWithinMs: 45 * 60_000,
        endWithinMs: 600_000,
      });
      expect({ seed, killed, faults }).toEqual({ seed, killed, faults: [] });
      expect(ended).toHaveLength(tasks);
      expect(known).toHaveLength(tasks);
      expect(spared).toEqual([]);
    },
    // Less than a session of the API lasts.
    75 * 60_000,
  );
});
