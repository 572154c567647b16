import { describe, expect, it } from '@jest/globals';
import { appointed, connOf, keyOf, replica } from './settlement-case.fixture.js';

describe('an appointee whose ready was heard, but is not written yet', () => {
  const unready = () => {
    const { hear, stand, wrote } = replica();
    stand('b', 2);
    const appointing = hear({ kind: 'cut', agentId: 'a', conn: connOf(1) });
    hear({ kind: 'keyHeard', revision: 12, key: keyOf('b', null) });
    wrote(appointing, { outcome: 'conflict' });
    const readyHeard = (epoch: number) => hear({ kind: 'sign', ref: undefined, agentId: 'b', session: 'ses_b', epoch, conn: connOf(2) });
    return { hear, stand, readyHeard };
  };

  it('is given a second from then on, as another replica is writing it', () => {
    const { readyHeard } = unready();
    expect(readyHeard(12)).toContainEqual(expect.objectContaining({ kind: 'arm', timer: 'ready', delayMs: 1_000 }));
  });

  it('is not given it for the ready of another epoch', () => {
    const { readyHeard } = unready();
    expect(readyHeard(11).filter((action) => action.kind === 'arm')).toEqual([]);
  });

  it('is followed by the next one if the write does not come', () => {
    const { hear, stand, readyHeard } = unready();
    stand('c', 3);
    readyHeard(12);
    expect(appointed(hear({ kind: 'timer', timer: 'ready' }))).toEqual(['c']);
  });
});
