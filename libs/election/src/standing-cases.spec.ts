import { describe, expect, it } from '@jest/globals';
import { emptyZone, keyOf, kinds, appointed, connOf, replica } from './settlement-case.fixture.js';
import type { ElectionAction, ElectionEvent } from './settlement-types.js';

describe('a holder that does not stand any more', () => {
  const declines = (hear: (event: ElectionEvent) => ElectionAction[]) =>
    hear({
      ...{ kind: 'stands', agentId: 'a', session: 'ses_a', conn: connOf(1), load: 0 },
      ...{ preference: 'never', standing: true, answering: true },
    });

  it('is followed by the next one', () => {
    const { hear, stand } = replica();
    stand('b', 2);
    expect(appointed(declines(hear))).toEqual(['b']);
  });

  it("is nobody's primary while it is alone, and takes over again under a new epoch when it stands again", () => {
    const { zone, hear, stand, sign } = replica();
    const alone = declines(hear);
    expect(appointed(alone)).toEqual([]);
    expect(alone).toContainEqual(expect.objectContaining({ kind: 'record', record: expect.objectContaining({ cause: 'declined' }) }));
    sign(1);
    expect(zone.vacancy).toMatchObject({ cause: 'declined' });
    expect(appointed(stand('a', 1))).toEqual(['a']);
  });
});

describe('a zone', () => {
  const noKey = { kind: 'keyRead', revision: 0, key: null, knownRevision: undefined } as const;
  const stands = (agentId: string, clientId: number, preference: 'normal' | 'never', standing = true) =>
    ({
      kind: 'stands',
      agentId,
      session: `ses_${agentId}`,
      conn: connOf(clientId),
      load: 0,
      preference,
      standing,
      answering: true,
    }) as const;

  it('of one agent appoints it, and again in its next session', () => {
    const { hear, zone } = emptyZone();
    hear(noKey);
    expect(appointed(hear(stands('a', 1, 'normal')))).toEqual(['a']);
    hear({ kind: 'wrote', writeId: 1, result: { outcome: 'written', revision: 5 } });
    hear({ kind: 'keyHeard', revision: 6, key: keyOf('a', 5, connOf(1)) });
    expect(zone.vacancy).toBeUndefined();
    hear({ kind: 'cut', agentId: 'a', conn: connOf(1) });
    expect(appointed(hear({ ...stands('a', 2, 'normal'), session: 'ses_next' }))).toEqual(['a']);
  });

  it('whose every agent never stands appoints nobody, and writes nothing, whatever it hears', () => {
    const { hear, zone } = emptyZone();
    const heard: ElectionEvent[] = [
      noKey,
      stands('a', 1, 'never'),
      stands('b', 2, 'never'),
      { kind: 'timer', timer: 'retry' },
      { kind: 'cut', agentId: 'a', conn: connOf(1) },
      { kind: 'handOver', to: 'b' },
      { kind: 'timer', timer: 'ready' },
      { kind: 'timer', timer: 'beat' },
    ];
    expect(heard.flatMap((event) => kinds(hear(event)))).not.toContain('write');
    expect(zone.seen?.key).toBeNull();
  });

  it('whose candidates are drained, or do not stand, has none of them until one stands again', () => {
    const { hear } = emptyZone();
    hear(noKey);
    expect(appointed(hear(stands('a', 1, 'never')))).toEqual([]);
    expect(appointed(hear(stands('b', 2, 'normal', false)))).toEqual([]);
    expect(appointed(hear(stands('a', 1, 'normal')))).toEqual(['a']);
  });
});
