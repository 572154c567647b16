import { describe, expect, it } from '@jest/globals';
import type { PlanChange } from '@klevr/contracts/resource';
import { planOf } from './plan.js';

const change = (part: string, action: PlanChange['action'], more: Partial<PlanChange> = {}): PlanChange => ({
  part,
  action,
  fields: [],
  ...more,
});

describe('a plan', () => {
  it('says in words and numbers what would be done', () => {
    const plan = planOf([
      change('volume/data', 'keep', { reason: 'it holds data' }),
      change('box/web', 'update', { fields: [{ path: 'size', before: 1, after: undefined }] }),
      change('box/old', 'delete'),
      change('box/same', 'none'),
    ]);
    expect(plan.summary).toEqual({ create: 0, update: 1, replace: 0, delete: 1, keep: 1, none: 1 });
    expect(plan.text).toBe(
      '= keep volume/data (it holds data)\n~ update box/web\n    size: 1 → none\n- delete box/old\n\nupdate 1, delete 1, keep 1, none 1',
    );
    expect(planOf([change('box/same', 'none')]).text).toBe('Nothing to do.');
  });

  it('has the digest of what it would do, whatever stands beside it', () => {
    const digest = (...changes: PlanChange[]): string => planOf(changes).digest;
    const first = digest(change('box/web', 'create'), change('box/same', 'none'));
    expect(digest(change('box/web', 'create', { reason: 'in other words' }))).toBe(first);
    expect(digest(change('box/web', 'replace'))).not.toBe(first);
    const sized = (after: number): string => digest(change('box/web', 'update', { fields: [{ path: 'size', before: 1, after }] }));
    expect(sized(2)).not.toBe(sized(3));
  });

  it('that is too large for a message loses its fields, not its changes or its digest', () => {
    const fields = [{ path: 'x', before: 'y'.repeat(2_000), after: 'z' }];
    const many = Array.from({ length: 300 }, (_, index) => change(`box/${index}`, 'update', { fields }));
    const plan = planOf(many);
    expect(Buffer.byteLength(JSON.stringify(plan))).toBeLessThan(600_000);
    expect(plan.changes).toHaveLength(300);
    expect(plan.digest).not.toBe(planOf(many.map((one) => ({ ...one, fields: [] }))).digest);
  });
});
