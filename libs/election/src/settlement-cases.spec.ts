import { describe, expect, it } from '@jest/globals';
import { appointed, answers, connOf, keyOf, kinds, replica } from './settlement-case.fixture.js';

describe('a cut connection', () => {
  it('of the holder appoints the next one at once, at the revision that was seen', () => {
    const { hear, stand } = replica();
    stand('b', 2);
    const actions = hear({ kind: 'cut', agentId: 'a', conn: connOf(1) });
    expect(actions).toContainEqual(expect.objectContaining({ kind: 'write', expectedRevision: 11 }));
    expect(appointed(actions)).toEqual(['b']);
  });

  it('that is not the one the holder spoke over last says nothing', () => {
    const { hear, stand, sign } = replica();
    stand('b', 2);
    expect(hear({ kind: 'cut', agentId: 'a', conn: connOf(9) })).toEqual([]);
    sign(1, 10, 'a', 7);
    expect(appointed(hear({ kind: 'cut', agentId: 'a', conn: connOf(1) }))).toEqual([]);
    expect(appointed(hear({ kind: 'cut', agentId: 'a', conn: connOf(7) }))).toEqual(['b']);
  });

  it('is not undone by a beat that was sent before it', () => {
    const { hear, stand } = replica();
    stand('b', 2, false, null);
    expect(kinds(hear({ kind: 'cut', agentId: 'a', conn: connOf(1) }))).toEqual(['lookUp']);
    hear({ kind: 'beat', agentId: 'a', session: 'ses_a', epoch: 10 });
    expect(appointed(hear({ kind: 'lookedUp', agentId: 'b', session: 'ses_b' }))).toEqual(['b']);
  });

  it('leaves the key where nobody else stands, and the same session comes back to its epoch', () => {
    const { hear, stand, zone } = replica();
    const cut = hear({ kind: 'cut', agentId: 'a', conn: connOf(1) });
    expect(cut).toEqual([expect.objectContaining({ record: expect.objectContaining({ kind: 'ended', cause: 'disconnected' }) })]);
    const back = stand('a', 3);
    expect(appointed(back)).toEqual([]);
    expect(back).toContainEqual(expect.objectContaining({ record: expect.objectContaining({ kind: 'resumed', epoch: 10 }) }));
    expect(zone.vacancy).toBeUndefined();
  });

  it('of an appointee that is not ready yet appoints the next one', () => {
    const { hear, stand } = replica();
    stand('b', 2);
    stand('c', 3);
    hear({ kind: 'keyHeard', revision: 12, key: keyOf('b', null) });
    expect(appointed(hear({ kind: 'cut', agentId: 'b', conn: connOf(2) }))).toEqual(['a']);
  });
});

describe('silence', () => {
  it('that somebody else doubts leads to a probe at once, which a beating holder need not answer', () => {
    const { hear, stand, pass } = replica();
    stand('b', 2);
    expect(kinds(hear({ kind: 'doubted', epoch: 9 }))).toEqual([]);
    hear({ kind: 'beat', agentId: 'a', session: 'ses_a', epoch: 10 });
    expect(kinds(hear({ kind: 'doubted', epoch: 10 }))).toEqual(['probe']);
    expect(kinds(hear({ kind: 'doubted', epoch: 10 }))).toEqual([]);
    pass(500);
    // Its beat is looked for when it would have been anyway.
    expect(hear({ kind: 'probed', epoch: 10, answer: 'dead' })).toEqual([{ kind: 'arm', timer: 'beat', delayMs: 1_500, jitterMs: 0 }]);
    pass(1_500);
    hear({ kind: 'doubted', epoch: 10 });
    expect(appointed(hear({ kind: 'probed', epoch: 10, answer: 'dead' }))).toEqual(['b']);
  });

  it('that somebody else doubts says nothing just after our own reconnect', () => {
    const { hear, pass } = replica();
    hear({ kind: 'reconnected' });
    expect(kinds(hear({ kind: 'doubted', epoch: 10 }))).toEqual([]);
    pass(5_000);
    expect(kinds(hear({ kind: 'doubted', epoch: 10 }))).toEqual(['probe']);
  });

  it('leads to a probe after 2 s, and to the next one only if nothing answers', () => {
    const { hear, stand, pass } = replica();
    stand('b', 2);
    pass(1_999);
    expect(kinds(hear({ kind: 'timer', timer: 'beat' }))).toEqual(['arm']);
    pass(1);
    expect(kinds(hear({ kind: 'timer', timer: 'beat' }))).toEqual(['probe']);
    expect(appointed(hear({ kind: 'probed', epoch: 10, answer: 'unknown' }))).toEqual([]);
    hear({ kind: 'timer', timer: 'beat' });
    expect(appointed(hear({ kind: 'probed', epoch: 10, answer: 'alive' }))).toEqual([]);
    pass(2_000);
    hear({ kind: 'timer', timer: 'beat' });
    const found = hear({ kind: 'probed', epoch: 10, answer: 'dead' });
    expect(kinds(found)).toContain('suspect');
    expect(appointed(found)).toEqual(['b']);
  });

  it('counts for nothing in the 5 s after our own reconnect', () => {
    const { hear, stand, pass } = replica();
    stand('b', 2);
    hear({ kind: 'reconnected' });
    hear({ kind: 'keyRead', revision: 11, key: keyOf('a', 10, connOf(1)), knownRevision: 11 });
    pass(4_999);
    expect(kinds(hear({ kind: 'timer', timer: 'beat' }))).toEqual(['arm']);
    pass(1);
    expect(kinds(hear({ kind: 'timer', timer: 'beat' }))).toEqual(['probe']);
    hear({ kind: 'reconnected' });
    expect(appointed(hear({ kind: 'probed', epoch: 10, answer: 'dead' }))).toEqual([]);
  });

  it('is over with the beats of that session and epoch only', () => {
    const { hear, pass } = replica();
    pass(2_000);
    hear({ kind: 'beat', agentId: 'a', session: 'ses_a', epoch: 9 });
    hear({ kind: 'beat', agentId: 'a', session: 'ses_x', epoch: 10 });
    hear({ kind: 'beat', agentId: 'b', session: 'ses_a', epoch: 10 });
    expect(kinds(hear({ kind: 'timer', timer: 'beat' }))).toEqual(['probe']);
  });
});

describe('a ready or stamp', () => {
  it('is answered after the key was written with its epoch and connection', () => {
    const { hear, sign, wrote, zone } = replica();
    hear({ kind: 'keyHeard', revision: 20, key: keyOf('b', null) });
    const actions = sign(1, 20, 'b', 2);
    expect(actions).toEqual([
      expect.objectContaining({ kind: 'write', expectedRevision: 20, key: expect.objectContaining({ epoch: 20, conn: connOf(2) }) }),
    ]);
    expect(answers(wrote(actions, { outcome: 'written', revision: 21 }))).toEqual(['primary']);
    expect(zone.seen).toMatchObject({ revision: 21, key: { agentId: 'b', epoch: 20 } });
  });

  it('of an epoch that this replica has not heard of waits for one read', () => {
    const { hear, sign } = replica();
    expect(kinds(sign(1, 20, 'b', 2))).toEqual(['read']);
    const read = hear({ kind: 'keyRead', revision: 20, key: keyOf('b', null), knownRevision: 11 });
    expect(read).toContainEqual(expect.objectContaining({ kind: 'write', expectedRevision: 20 }));
    expect(kinds(sign(2, 30, 'b', 2))).toEqual(['read']);
    expect(answers(hear({ kind: 'keyRead', revision: 20, key: keyOf('b', null), knownRevision: 20 }))).toEqual(['notPrimary']);
  });

  it('of an epoch that is over, or of another agent or session, is refused without a read', () => {
    const { hear, sign } = replica();
    expect(sign(1, 9)).toEqual([{ kind: 'answer', ref: 1, outcome: 'notPrimary' }]);
    expect(sign(2, 10, 'b')).toEqual([{ kind: 'answer', ref: 2, outcome: 'notPrimary' }]);
    const other = hear({ kind: 'sign', ref: 3, agentId: 'a', session: 'ses_x', epoch: 10, conn: connOf(1) });
    expect(other).toEqual([{ kind: 'answer', ref: 3, outcome: 'notPrimary' }]);
    const thief = hear({ kind: 'sign', ref: 4, agentId: 'b', session: 'ses_a', epoch: 10, conn: connOf(2) });
    expect(thief).toEqual([{ kind: 'answer', ref: 4, outcome: 'notPrimary' }]);
  });

  it('that conflicts is read and tried once more', () => {
    const { hear, sign, wrote } = replica();
    const first = wrote(sign(1), { outcome: 'conflict' });
    expect(kinds(first)).toEqual(['read']);
    const second = hear({ kind: 'keyRead', revision: 15, key: keyOf('a', 10, connOf(1)), knownRevision: 11 });
    expect(second).toContainEqual(expect.objectContaining({ kind: 'write', expectedRevision: 15 }));
    expect(answers(wrote(second, { outcome: 'conflict' }))).toEqual(['unavailable']);
  });

  it('whose write has an unknown fate is unavailable, and the bucket is looked for', () => {
    const { sign, wrote } = replica();
    const actions = wrote(sign(1), { outcome: 'unknown' });
    expect(answers(actions)).toEqual(['unavailable']);
    expect(kinds(actions)).toContain('checkBucket');
  });

  it('of a purged key is refused, and the zone settled anew', () => {
    const { hear, sign, wrote } = replica();
    wrote(sign(1), { outcome: 'conflict' });
    const actions = hear({ kind: 'keyRead', revision: 0, key: null, knownRevision: 11 });
    expect(appointed(actions)).toEqual(['a']);
    expect(actions).toContainEqual(expect.objectContaining({ kind: 'write', expectedRevision: 0 }));
  });
});

describe('an appointment', () => {
  it('that is not taken up in time goes to the next one, whoever made it', () => {
    const { hear, stand, pass } = replica();
    stand('b', 2);
    const unready = hear({ kind: 'keyHeard', revision: 20, key: keyOf('b', null) });
    expect(unready).toContainEqual(expect.objectContaining({ kind: 'arm', timer: 'ready', delayMs: 300 }));
    pass(300);
    expect(appointed(hear({ kind: 'timer', timer: 'ready' }))).toEqual(['a']);
  });

  it('that another replica made first is left at that', () => {
    const { hear, stand, wrote } = replica();
    stand('b', 2);
    const mine = hear({ kind: 'cut', agentId: 'a', conn: connOf(1) });
    expect(kinds(wrote(mine, { outcome: 'conflict' }))).toEqual(['read']);
    const read = hear({ kind: 'keyRead', revision: 12, key: keyOf('c', null), knownRevision: 11 });
    expect(appointed(read)).toEqual([]);
  });

  it('that conflicts with a stamp of the lost holder is made again', () => {
    const { hear, stand, wrote } = replica();
    stand('b', 2);
    const mine = hear({ kind: 'cut', agentId: 'a', conn: connOf(1) });
    wrote(mine, { outcome: 'conflict' });
    const read = hear({ kind: 'keyRead', revision: 12, key: keyOf('a', 10, connOf(1)), knownRevision: 11 });
    expect(read).toContainEqual(expect.objectContaining({ kind: 'write', expectedRevision: 12 }));
    expect(appointed(read)).toEqual(['b']);
  });

  it('for a hello that another replica answers waits for that replica first', () => {
    const { hear, stand } = replica();
    const heard = stand('a', 5, false, null);
    expect(kinds(heard)).toEqual(['arm']);
    const answered = stand('a', 5, true, 'ses_new');
    expect(appointed(answered)).toEqual(['a']);
    expect(appointed(hear({ kind: 'timer', timer: 'retry' }))).toEqual([]);
  });

  it('whose fate is unknown is looked for before it is made again, with growing pauses', () => {
    const { hear, stand, wrote } = replica();
    stand('b', 2);
    const pauses: number[] = [];
    let actions = hear({ kind: 'cut', agentId: 'a', conn: connOf(1) });
    for (let round = 0; round < 3; round++) {
      const failed = wrote(actions, { outcome: 'unknown' });
      expect(kinds(failed)).toContain('read');
      pauses.push(...failed.flatMap((action) => (action.kind === 'arm' ? [action.delayMs] : [])));
      expect(appointed(hear({ kind: 'keyRead', revision: 11, key: keyOf('a', 10, connOf(1)), knownRevision: 11 }))).toEqual([]);
      actions = hear({ kind: 'timer', timer: 'retry' });
      expect(appointed(actions)).toEqual(['b']);
    }
    expect(pauses).toEqual([100, 200, 400]);
  });
});
