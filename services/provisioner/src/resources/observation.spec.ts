import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { change, seen } from '../fake-worker.fixture.js';
import { judgeObservation } from './judge.js';
import { digestOf, driftOf, healthOf, keptChanges, keptParts, splitOutputs } from './observation.js';
import { observeByOf, takeOver } from './seen.js';
import { after, fine, readyRow, recipe, startedAt, storyAt, typesOf } from './story.fixture.js';

const check = (name: string, state: 'healthy' | 'unhealthy' | 'starting' | 'unknown') => ({
  name,
  state,
  message: '',
  since: startedAt.toISOString(),
});

describe('what was seen', () => {
  it('is as healthy as its worst check', () => {
    expect(healthOf([])).toBe('none');
    expect(healthOf([check('a', 'healthy'), check('b', 'starting')])).toBe('starting');
    expect(healthOf([check('a', 'unknown'), check('b', 'unhealthy'), check('c', 'healthy')])).toBe('unhealthy');
  });

  it('is drift where an apply would change something, in whatever order it is told', () => {
    const changes = [change('a', 'update'), change('b', 'none'), change('c', 'keep'), change('d', 'create')];
    expect(driftOf(changes).map(({ part }) => part)).toEqual(['a', 'd']);
    fc.assert(
      fc.property(fc.shuffledSubarray(changes, { minLength: 4 }), (shuffled) => {
        expect(digestOf(shuffled)).toBe(digestOf(changes));
      }),
    );
    expect(digestOf([change('a', 'update')])).not.toBe(digestOf([change('a', 'delete')]));
  });

  it('shows no sensitive output', () => {
    const { shown, secret } = splitOutputs({ url: 'u', password: 'p' }, ['password', 'other']);
    expect([shown, secret]).toEqual([{ url: 'u', password: '***' }, { password: 'p' }]);
    expect(splitOutputs({ url: 'u' }, ['password']).secret).toBeNull();
    const large = splitOutputs({ url: 'u'.repeat(200_000), password: 'p' }, ['password']);
    expect(large).toEqual({ shown: { url: null, password: '***' }, secret: null });
  });

  it('is kept as far as it fits an answer', () => {
    const parts = Array.from({ length: 9_000 }, (_, index) => ({ part: `p${index}`, state: 'on', details: { text: 'x'.repeat(100) } }));
    const kept = keptParts(parts);
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(220 * 1024);
    expect(kept[0]).toEqual({ part: 'p0', state: 'on', details: {} });
    expect(keptChanges([change('a')])).toEqual([change('a')]);
  });

  it('counts for three intervals, from the time at which the centre heard it, and not from a clock that is ahead', () => {
    expect(observeByOf(startedAt, 60)).toEqual(after(210));
    const row = readyRow();
    takeOver(storyAt(row, 10), fine(9_999), recipe);
    expect(row.observedAt).toEqual(after(15));
    expect(row.observeBy).toEqual(after(220));
  });

  it('tells of its health only where that has become another', () => {
    const row = readyRow();
    const at = (seconds: number, state: 'healthy' | 'unhealthy') => {
      const story = storyAt(row, seconds);
      takeOver(story, seen({ observedAtMs: after(seconds).getTime(), health: [check('http', state)] }), recipe);
      return typesOf(story);
    };
    expect([at(1, 'healthy'), at(2, 'healthy'), at(3, 'unhealthy')]).toEqual([['resource.health'], [], ['resource.health']]);
  });
});

describe('an observation', () => {
  const row = readyRow({ observedAt: after(0) });
  const witness = { zoneId: row.zoneId, agentId: row.workerId ?? '' };
  const told = (more: object = {}, revision = 1) => ({
    resourceId: row.id,
    revision,
    cause: 'event' as const,
    observation: { ...fine(1), ...more },
  });

  it('of its own worker is taken, the older and the untimely one dropped, the one that is no concern of its worker forgotten', () => {
    expect(judgeObservation(row, witness, told())).toBe('take');
    expect(judgeObservation(row, witness, told({ observedAtMs: after(0).getTime() }))).toBe('drop');
    expect(judgeObservation(row, witness, told({}, 2))).toBe('drop');
    expect(judgeObservation({ ...row, operationId: 'op' }, { ...witness, agentId: 'other' }, told())).toBe('drop');
    expect(judgeObservation(undefined, witness, told())).toBe('forget');
    expect(judgeObservation(row, { ...witness, zoneId: 'elsewhere' }, told())).toBe('forget');
    expect(judgeObservation(row, { ...witness, agentId: 'other' }, told())).toBe('forget');
    expect(judgeObservation({ ...row, status: 'destroyed' }, witness, told())).toBe('forget');
  });

  it('of any worker on the same engine is taken where nobody looks after the resource', () => {
    const orphan = { ...row, workerId: null };
    expect(judgeObservation(orphan, { ...witness, agentId: 'other' }, told())).toBe('take');
    const engine = { driver: 'pretend' as const, id: 'engine-2', version: '1', description: '' };
    expect(judgeObservation(orphan, { ...witness, agentId: 'other' }, told({ engine }))).toBe('forget');
    expect(judgeObservation(orphan, { ...witness, agentId: 'other' }, told({ engine: null }))).toBe('forget');
  });
});
