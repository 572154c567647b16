import { describe, expect, it } from '@jest/globals';
import { change, planOf } from '../fake-worker.fixture.js';
import { failureText, keptPlan, stepsOf, withTold } from './steps.js';

const told = (index: number, state: 'begun' | 'done' | 'failed' | 'skipped', message: string | null = null) => ({
  index,
  state,
  message,
  atMs: 0,
});
const states = (steps: ReturnType<typeof stepsOf>): string[] => steps.map(({ part, action, state }) => `${part} ${action} ${state}`);

describe('the steps of an operation', () => {
  it('are those of its plan, and those that do nothing are skipped', () => {
    const steps = stepsOf(planOf(change('a'), change('b', 'none'), change('c', 'keep')), []);
    expect(states(steps)).toEqual(['a create planned', 'b none skipped', 'c keep skipped']);
  });

  it('go forward only, and words about steps that are not there are dropped', () => {
    const steps = withTold(stepsOf(planOf(change('a')), []), [told(0, 'done'), told(0, 'begun'), told(0, 'failed'), told(9, 'done')]);
    expect(states(steps)).toEqual(['a create done']);
  });

  it('that an earlier attempt has done stay done', () => {
    const first = withTold(stepsOf(planOf(change('a'), change('b')), []), [told(0, 'done'), told(1, 'begun')]);
    const second = stepsOf(planOf(change('a', 'none'), change('b')), first);
    expect(states(second)).toEqual(['a create done', 'b create planned']);
  });

  it('say what failed where and how far it came', () => {
    const steps = withTold(stepsOf(planOf(change('a'), change('b'), change('c', 'none')), []), [
      told(0, 'done'),
      told(1, 'failed', 'no room'),
    ]);
    expect(failureText(steps, null)).toBe('b (create): no room; 1 of 2 changes were done');
    expect(failureText(steps, 'b (create): no room')).toBe('b (create): no room; 1 of 2 changes were done');
    expect(failureText([], 'the recipe is wrong')).toBe('the recipe is wrong');
  });
});

describe('a plan that is too large', () => {
  it('loses its fields, then its text and its last changes, and keeps its digest and its counts', () => {
    const field = { path: 'x', before: null, after: 'x'.repeat(1_000) };
    const wide = planOf(...Array.from({ length: 1_000 }, (_, index) => ({ ...change(`p${index}`), fields: [field] })));
    const kept = keptPlan(wide);
    expect(kept).toMatchObject({ digest: wide.digest, summary: wide.summary, text: wide.text });
    expect(kept.changes).toHaveLength(1_000);
    expect(kept.changes.every(({ fields }) => fields.length === 0)).toBe(true);
    const long = planOf(...Array.from({ length: 9_000 }, (_, index) => change(`part/${'x'.repeat(100)}${index}`)));
    const cut = keptPlan(long);
    expect(Buffer.byteLength(JSON.stringify(cut))).toBeLessThanOrEqual(400 * 1024);
    expect(cut.changes.length).toBeGreaterThan(0);
    expect(cut.summary.create).toBe(9_000);
  });
});
