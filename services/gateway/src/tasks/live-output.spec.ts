import { describe, expect, it } from '@jest/globals';
import { LiveOutput } from './live-output.js';
import type { OutputChunk } from './stored-output.js';

const chunk = (seq: number, bytes = 0): OutputChunk => ({
  seq,
  attempt: 1,
  step: 's',
  stream: 'stdout',
  atMs: 0,
  cut: false,
  data: Buffer.alloc(bytes),
});

describe('LiveOutput', () => {
  it('tells pieces in the order of their numbers, each until it is passed', () => {
    const live = new LiveOutput(100_000);
    for (const seq of [3, 1, 2, 2]) live.add(chunk(seq));
    expect([live.after(0)?.seq, live.after(0)?.seq, live.after(1)?.seq, live.after(2)?.seq, live.after(3)?.seq]).toEqual([
      1,
      1,
      2,
      3,
      undefined,
    ]);
  });

  it('forgets everything where it has no room, and has room again then', () => {
    const live = new LiveOutput(3_000);
    expect([live.add(chunk(1, 1_000)), live.add(chunk(2, 1_000)), live.after(0)?.seq]).toEqual([true, false, undefined]);
    expect([live.add(chunk(3, 1_000)), live.after(0)?.seq]).toEqual([true, 3]);
  });

  it('has the room of what was passed', () => {
    const live = new LiveOutput(3_000);
    for (let seq = 1; seq < 100; seq++) {
      expect(live.add(chunk(seq, 1_000))).toBe(true);
      expect(live.after(seq)).toBeUndefined();
    }
  });
});
