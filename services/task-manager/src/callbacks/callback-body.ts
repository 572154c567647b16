import type { Reason, Run, StepResult, Task } from '@klevr/contracts/task';
import type { Detail, RunThen } from './told.js';

/**
 * What a message says: `{ type, timestamp, data: { task, runs } }`, of an event `{ type, timestamp, data: { event } }`.
 * `task.finished` has all runs of the task (the first 1,000); the others have the one run that they are about: `task.step` the step as `data.step`
 * besides, `task.run` the run as `data.run`.
 * Promises: task and run are told as they were at that moment, whenever the message is built, and so the same at each try. At most 2 MiB: where it is
 * more, what runs and steps wrote is left out, then what the task was asked to do, then runs; `data.shortened` says so. Of the task's callbacks only the
 * one that it is sent to is named. Does not: count the runs of a task by status as they were; where a task has many, the counts are those of the sending.
 */
export const largestRuns = 1_000;
export const largestBytes = 2 * 1024 * 1024;

export interface Told {
  readonly type: string;
  readonly createdAt: Date;
  readonly callbackId: string | null;
  readonly detail: Exclude<Detail, { kind: 'event' }>;
}

interface Data {
  readonly task: Task;
  readonly runs: readonly Run[];
  readonly run?: Run;
  readonly step?: object;
}

/** `runs`: all of them for the end of a task, else the one it is about. */
export const taskBody = (told: Told, task: Task, runs: readonly Run[]): string => {
  const data = dataOf(told, { ...task, callbacks: task.callbacks.filter(({ id }) => id === told.callbackId) }, runs);
  const text = (of: Data, shortened: boolean): string =>
    JSON.stringify({ type: told.type, timestamp: told.createdAt.toISOString(), data: { ...of, ...(shortened ? { shortened } : {}) } });
  let body = written(data) > largestBytes ? undefined : text(data, false);
  for (const shorten of [withoutOutput, withoutOrder, withFewerRuns]) {
    if (body !== undefined && Buffer.byteLength(body) <= largestBytes) break;
    body = text(shorten(data), true);
  }
  return body ?? '';
};

/** So many bytes at least; saves the making of texts that are far too long. */
const written = ({ runs }: Data): number => runs.reduce((sum, { output }) => sum + (output?.length ?? 0), 0);

export const eventBody = ({ event }: Extract<Detail, { kind: 'event' }>): string =>
  JSON.stringify({ type: event.type, timestamp: event.time, data: { event } });

const dataOf = ({ detail }: Told, task: Task, runs: readonly Run[]): Data => {
  const [run] = runs;
  switch (detail.kind) {
    case 'end':
      return { task, runs };
    case 'run':
      return { task: detail.open ? open(task, undefined) : task, runs, ...(run === undefined ? {} : { run }) };
    case 'begun': {
      const then = runs.map((one) => before(one, detail.run, () => false));
      return { task: open(task, detail.run.state), runs: then };
    }
    case 'step': {
      const { step } = detail;
      const then = runs.map((one) => before(one, detail.run, (other) => hadEnded(other, step)));
      const name = (step.phase === 'step' ? task.steps : task.recovery)[step.index]?.name ?? '';
      return { task: open(task, detail.run.state), runs: then, step: { ...step, name, runId: detail.run.id } };
    }
  }
};

/** While a run of it was open. */
const open = (task: Task, onlyRun: Run['status'] | 'accepted' | undefined): Task => {
  const status = onlyRun === 'accepted' ? 'dispatched' : onlyRun;
  const runs = task.runs.total === 1 && status !== undefined ? { total: 1, byStatus: { [status]: 1 } } : task.runs;
  return { ...task, status: 'running', reason: null as Reason | null, finishedAt: null, runs };
};

const before = (run: Run, then: RunThen, kept: (step: StepResult) => boolean): Run => ({
  ...run,
  lateResult: undefined,
  ...{
    agentId: then.agentId,
    status: then.state === 'accepted' ? 'dispatched' : then.state,
    reason: null,
    attempt: then.attempt,
    epoch: then.epoch,
  },
  ...{
    dispatchedAt: then.dispatchedAt,
    acceptedAt: then.acceptedAt,
    startedAt: then.startedAt,
    finishedAt: null,
    exitCode: null,
    output: null,
  },
  attempts: run.attempts
    .filter(({ number }) => number <= then.attempt)
    .map((attempt) => (attempt.number < then.attempt ? attempt : { ...attempt, finishedAt: null, outcome: null, reason: null })),
  steps: run.steps.filter(kept),
});

const hadEnded = (other: StepResult, { phase, index, attempt, finishedAt }: Extract<Detail, { kind: 'step' }>['step']): boolean => {
  if (other.attempt !== attempt) return other.attempt < attempt;
  if (other.phase !== phase) return other.phase === 'step';
  if (other.index !== index) return other.index < index;
  return other.finishedAt === finishedAt;
};

const silent = (run: Run): Run => ({ ...run, lateResult: undefined, output: null, steps: [], attempts: [] });

const withoutOutput = (data: Data): Data => ({
  ...data,
  runs: data.runs.map(silent),
  ...(data.run === undefined ? {} : { run: silent(data.run) }),
  ...(data.step === undefined ? {} : { step: { ...data.step, output: null } }),
});

const withoutOrder = (data: Data): Data => {
  const short = withoutOutput(data);
  return { ...short, task: { ...short.task, steps: [], recovery: [], parameters: {} } };
};

const withFewerRuns = (data: Data): Data => {
  const short = withoutOrder(data);
  return { ...short, runs: short.runs.slice(0, largestRuns / 10) };
};
