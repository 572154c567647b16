import type { Event } from '@klevr/contracts/event';
import { AgentId } from '@klevr/contracts/ids';
import type { RunRow } from '../runs/run-row.js';
import type { Moment, StepEnd } from './moments.js';

/**
 * What is kept of a message until it is sent: the part that changes afterwards. The rest (the task as it was asked for, runs that have ended) is read when
 * the message is built, and built anew for each try, which gives the same.
 */
export interface RunThen {
  readonly id: string;
  readonly state: RunRow['state'];
  readonly attempt: number;
  readonly epoch: number | null;
  readonly agentId: string | null;
  readonly dispatchedAt: string | null;
  readonly acceptedAt: string | null;
  readonly startedAt: string | null;
}

export type Detail =
  | { readonly kind: 'begun'; readonly run: RunThen }
  | { readonly kind: 'step'; readonly run: RunThen; readonly step: Omit<StepEnd, 'run' | 'startedAt' | 'finishedAt'> & StepTimes }
  /** `open`: other runs of the task had not ended yet. */
  | { readonly kind: 'run'; readonly runId: string; readonly open: boolean }
  | { readonly kind: 'end' }
  | { readonly kind: 'event'; readonly event: Event };

interface StepTimes {
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const runThen = (run: RunRow): RunThen => ({
  ...{ id: run.id, state: run.state, attempt: run.attempt, epoch: run.epoch, agentId: run.agentId },
  ...{ dispatchedAt: iso(run.dispatchedAt), acceptedAt: iso(run.acceptedAt), startedAt: iso(run.startedAt) },
});

/** `endedTasks`: those that end in the same transaction. */
export const detailOf = (moment: Moment, endedTasks: ReadonlySet<string>): Detail => {
  switch (moment.type) {
    case 'task.started':
      return { kind: 'begun', run: { ...runThen(moment.run), state: 'running' } };
    case 'task.step': {
      const { run, startedAt, finishedAt, ...step } = moment.step;
      const state = step.phase === 'recovery' ? 'recovering' : 'running';
      return {
        kind: 'step',
        run: { ...runThen(run), state, attempt: step.attempt },
        step: { ...step, startedAt: iso(startedAt), finishedAt: iso(finishedAt) },
      };
    }
    case 'task.run':
      return { kind: 'run', runId: moment.run.id, open: !endedTasks.has(moment.taskId) };
    case 'task.finished':
      return { kind: 'end' };
  }
};

/** Which task an event is about, if any: its messages keep the order of the task's. */
export const taskOfEvent = ({ type, subjectId, data }: Event): string | null => {
  if (type.startsWith('task.')) return subjectId;
  const { taskId } = data;
  return type.startsWith('run.') && typeof taskId === 'string' ? taskId : null;
};

export const agentOfEvent = ({ subjectId, data }: Event): string | null => {
  const named = [subjectId, data['agentId']].find((id) => AgentId.safeParse(id).success);
  return typeof named === 'string' ? named : null;
};
