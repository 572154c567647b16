import { describe, expect, it } from '@jest/globals';
import { refuseOthers } from './state-holder.js';

const at = (ms: number): Date => new Date(ms);

describe('the holder of a state', () => {
  const held = { holder: 'a', heldUntil: at(1_000) };

  it('keeps others out until its time is over', () => {
    expect(() => refuseOthers(held, 'b', at(999), 'free')).toThrow('The state is held by a');
    expect(() => refuseOthers(held, 'b', at(1_000), 'free')).not.toThrow();
  });

  it('writes what it made also after its time, as long as nobody else has taken it', () => {
    expect(() => refuseOthers(held, 'a', at(5_000), 'held')).not.toThrow();
    expect(() => refuseOthers({ holder: 'b', heldUntil: at(9_000) }, 'a', at(5_000), 'held')).toThrow('The state is held by b');
  });

  it('is somebody: what was let go of, or was never held, is written by nobody', () => {
    expect(() => refuseOthers({ holder: null, heldUntil: null }, 'a', at(0), 'held')).toThrow('The state is not locked');
    expect(() => refuseOthers(undefined, 'a', at(0), 'held')).toThrow('The state is not locked');
    expect(() => refuseOthers(held, 'b', at(1_000), 'held')).toThrow('The state is not locked');
    expect(() => refuseOthers(undefined, 'a', at(0), 'free')).not.toThrow();
  });
});
