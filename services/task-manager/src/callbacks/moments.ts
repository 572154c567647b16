import type { CallbackFilter, CallbackType } from '@klevr/contracts/callback';
import type { TaskEnd } from '../runs/run-events.js';
import { hasEnded, type LoadedRun, type RunRow } from '../runs/run-row.js';

/**
 * The moments of a task that can be told, and who wants to hear of which. Pure.
 * Promises: the moments of one transaction come in an order that fits: beginnings, steps, ends of runs, ends of tasks. Does not: say which beginning
 * of a task with many runs is its first; that is settled where they are stored, once a receiver.
 */
export interface StepEnd {
  readonly run: RunRow;
  readonly attempt: number;
  readonly phase: 'step' | 'recovery';
  readonly index: number;
  readonly tries: number;
  readonly outcome: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly output: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export type Moment =
  | { readonly type: 'task.started' | 'task.run'; readonly run: RunRow; readonly taskId: string; readonly zoneId: string }
  | { readonly type: 'task.step'; readonly run: RunRow; readonly step: StepEnd; readonly taskId: string; readonly zoneId: string }
  | { readonly type: 'task.finished'; readonly task: TaskEnd; readonly taskId: string; readonly zoneId: string };

/** What a filter tells besides the ends of tasks. */
const along: Record<CallbackFilter, readonly CallbackType[]> = {
  all: ['task.started', 'task.step', 'task.run'],
  'both-ends': ['task.started'],
  'each-step': ['task.step'],
  conclusion: [],
  success: [],
  failure: [],
  'changed-result': [],
};

const bits: Record<CallbackType, number> = { 'task.started': 1, 'task.step': 2, 'task.run': 4, 'task.finished': 0 };

/** What stands in each run of a task, so that a run nobody asked about costs no question. The end of a task is asked of the task itself. */
export const toldBits = (filters: readonly string[]): number =>
  filters.flatMap((filter) => (filter in along ? along[filter as CallbackFilter] : [])).reduce((sum, type) => sum | bits[type], 0);

/** `changed`: whether the result differs from the one before; asked only where a filter depends on it. */
export const wants = (filters: readonly CallbackFilter[], moment: Moment, changed: (taskId: string) => boolean): boolean => {
  if (moment.type !== 'task.finished') return filters.some((filter) => along[filter].includes(moment.type));
  const good = moment.task.status === 'succeeded';
  return filters.some((filter) => {
    if (filter === 'each-step') return false;
    if (filter === 'success' || filter === 'failure') return good === (filter === 'success');
    return filter === 'changed-result' ? changed(moment.taskId) : true;
  });
};

/** Whether callbacks of the task itself may want it; their filters decide. */
export const mayConcernCallbacks = (moment: Moment): boolean =>
  moment.type === 'task.finished' ? moment.task.hasCallbacks : (moment.run.told & bits[moment.type]) > 0;

export const momentsOf = (changed: readonly LoadedRun[], steps: readonly StepEnd[], ended: readonly TaskEnd[]): Moment[] => [
  ...changed.filter(hasBegun).map(({ row }): Moment => ({ type: 'task.started', run: row, ...placeOf(row) })),
  ...steps.map((step): Moment => ({ type: 'task.step', run: step.run, step, ...placeOf(step.run) })),
  ...changed.filter(hasEnded).map(({ row }): Moment => ({ type: 'task.run', run: row, ...placeOf(row) })),
  ...ended.map((task): Moment => ({ type: 'task.finished', task, taskId: task.id, zoneId: task.zoneId })),
];

const unbegun: ReadonlySet<string> = new Set(['scheduled', 'queued', 'dispatched', 'accepted']);

/** True once more for a later attempt; only the first is told. */
const hasBegun = ({ row, was }: LoadedRun): boolean => row.startedAt !== null && unbegun.has(was.state);

const placeOf = ({ taskId, zoneId }: RunRow): { taskId: string; zoneId: string } => ({ taskId, zoneId });
