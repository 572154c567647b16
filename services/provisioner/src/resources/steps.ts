import type { OperationStep, Plan } from '@klevr/contracts/resource';

/** What a worker tells of single changes, by their place in the plan. */
export interface ToldStep {
  readonly index: number;
  readonly state: 'begun' | 'done' | 'failed' | 'skipped';
  readonly message: string | null;
  readonly atMs: number;
}

const longestMessage = 4_096;

/**
 * The steps of a plan. What an earlier attempt has done stays done: the plan of a later one finds nothing to do there, and so would hide it.
 */
export const stepsOf = (plan: Plan, earlier: readonly OperationStep[]): OperationStep[] => {
  const done = new Map(earlier.filter(({ state }) => state === 'done').map((step) => [step.part, step]));
  return plan.changes.map(({ part, action }) => {
    const before = done.get(part);
    if (action === 'none' && before !== undefined) return before;
    const nothing = action === 'none' || action === 'keep';
    return { part, action, state: nothing ? 'skipped' : 'planned', message: null, at: null };
  });
};

const rank = { planned: 0, begun: 1, skipped: 2, done: 2, failed: 2 } as const;

/** A step goes forward only; what names no step of the plan is dropped. */
export const withTold = (steps: readonly OperationStep[], told: readonly ToldStep[]): OperationStep[] => {
  const after = [...steps];
  for (const { index, state, message, atMs } of told) {
    const step = after[index];
    if (step === undefined || rank[state] <= rank[step.state]) continue;
    after[index] = { ...step, state, message: message?.slice(0, longestMessage) ?? null, at: new Date(atMs).toISOString() };
  }
  return after;
};

/** For people: what went wrong where, and how far it came. */
export const failureText = (steps: readonly OperationStep[], said: string | null): string => {
  const failed = steps.find(({ state }) => state === 'failed');
  const open = steps.find(({ state }) => state === 'begun');
  const toDo = steps.filter(({ action }) => action !== 'none' && action !== 'keep');
  const doneCount = toDo.filter(({ state }) => state === 'done').length;
  const at = failed ?? open;
  const where = at === undefined ? '' : `${at.part} (${at.action}): `;
  const what = said ?? failed?.message ?? 'it did not say why';
  const far = toDo.length === 0 ? '' : `; ${doneCount} of ${toDo.length} changes were done`;
  return `${what.startsWith(where) ? '' : where}${what}${far}`.slice(0, longestMessage);
};

const largestPlanBytes = 400 * 1024;

/** What is kept of a plan: one that is too large for an answer loses its fields, then its text. */
export const keptPlan = (plan: Plan): Plan => {
  const fits = (candidate: Plan): boolean => Buffer.byteLength(JSON.stringify(candidate)) <= largestPlanBytes;
  if (fits(plan)) return plan;
  const bare = { ...plan, changes: plan.changes.map((change) => ({ ...change, fields: [] })) };
  if (fits(bare)) return bare;
  const text = 'The plan is too large to be kept whole.';
  for (let count = bare.changes.length; ; count = Math.floor(count / 2)) {
    const cut = { ...bare, text, changes: bare.changes.slice(0, count) };
    if (count === 0 || fits(cut)) return cut;
  }
};
