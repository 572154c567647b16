import { AppError } from '@klevr/contracts/errors';
import type { Observation } from '@klevr/contracts/provision';
import type { Plan } from '@klevr/contracts/resource';
import type { Run, Task, TerminalStatus } from '@klevr/contracts/task';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { isWork, planOf } from '../../worker/plan.js';
import { begin, end } from '../life.js';
import { isChange, type OperationRow } from '../operation-row.js';
import { isOpen, operationEventOf } from '../operation-state.js';
import { OperationTimes } from '../operation-task.js';
import { OperationsStore } from '../operations.store.js';
import { RecipeShelf, type ShelvedRecipe } from '../recipe-shelf.js';
import type { Reason, RevisionRow } from '../resource-row.js';
import { failureText, keptPlan, stepsOf } from '../steps.js';
import { inLine, type Story } from '../story.js';
import { BadOutput, plainChange, plannedBy, seenBy, stepsAfter, type HostRun } from './shell-outcome.js';
import { ShellRunsClient } from './shell-runs.client.js';
import { isOnMany, shellTask, stageOf } from './shell-task.js';
import { shellWorkOf, type ShellWork } from './shell-work.js';

const lookAgainMs = 60_000;

/** What scripts are asked by, and by whom. */
@Injectable()
export class ShellParts {
  constructor(
    readonly shelf: RecipeShelf,
    readonly runs: ShellRunsClient,
    readonly times: OperationTimes,
  ) {}
}

interface Ended {
  readonly taskId: string;
  readonly status: TerminalStatus;
  readonly reason: Reason | null;
}

/**
 * Operations on resources whose recipes are scripts for agents of the zone.
 * Promises: what only looks waits for what changes, and an apply or destroy ends a look that is under way; what scripts say becomes the plan, the steps and the observation as a worker's word
 * would; a plan without work ends an apply without running anything. Does not: begin at a second agent what a first one has begun.
 */
@Injectable()
export class ShellService {
  constructor(
    private readonly store: OperationsStore,
    private readonly parts: ShellParts,
    private readonly clock: Clock,
  ) {}

  /** Undefined where it waits for another one, or has ended without a task. */
  async nextTask(operation: OperationRow, revision: RevisionRow, deadlineAt: Date | null): Promise<Task | undefined> {
    const { work, engine } = await this.opened(operation, revision);
    const now = this.now();
    const goesOn = await this.store.changeAmong(operation, now, (story, row, others, { recipe }) => {
      if (!isOpen(row.status)) return true;
      if (isChange(row)) others.forEach((other) => supersede(story, other, recipe));
      else if (waits(story, row, others)) return false;
      const planned = row.plan !== null || row.action === 'refresh' || work.script('plan') !== undefined;
      if (!planned) takePlan(story, row, planOf([plainChange(story.row, row)]), recipe);
      return isOpen(row.status);
    });
    if (goesOn !== true) return undefined;
    const stage = stageOf(operation, work);
    const script = work.script(stage);
    if (script === undefined) throw new AppError('BAD_REQUEST', `The recipe has no ${work.spec.scripts[stage]}`);
    return this.parts.runs.create(
      shellTask(
        { ...operation, engine: engine ?? operation.workerId },
        { work, stage, script, revision, deadlineAt, times: this.parts.times, now },
      ),
    );
  }

  /** Its task is not at its end: whether an agent has it. */
  async look(operation: OperationRow, taskId: string, revision: RevisionRow): Promise<void> {
    const { work } = await this.opened(operation, revision);
    if (operation.status !== 'queued' || (operation.action === 'apply' && stageOf(operation, work) === 'plan')) return;
    const runs = await this.parts.runs.list(taskId);
    if (runs.every(({ startedAt }) => startedAt === null)) return;
    await this.store.change(operation, this.now(), (story, row) => {
      if (isOpen(row.status) && row.taskId === taskId) begun(story, row, runs, isOnMany(work));
    });
  }

  async ended(operation: OperationRow, told: Ended, revision: RevisionRow): Promise<void> {
    const { work } = await this.opened(operation, revision);
    const [many, stage] = [isOnMany(work), stageOf(operation, work)];
    const isLast = stage !== 'plan' || operation.action === 'plan';
    const runs = await this.runsOf(told.taskId);
    const lastWords = told.status === 'succeeded' ? undefined : await this.parts.runs.lastWords(runs);
    await this.store.change(operation, this.now(), (story, row, { recipe }) => {
      if (!isOpen(row.status) || row.taskId !== told.taskId) return;
      const fail = (message: string): void => {
        if (isLast) row.steps = stepsAfter(row.steps, runs, many);
        const event = told.status === 'succeeded' ? 'failed' : operationEventOf(told.status);
        const own = told.status === 'failed' || told.status === 'succeeded';
        const code = (own ? undefined : told.reason?.code) ?? `${row.action.toUpperCase()}_FAILED`;
        end(story, row, { event, reason: { code, message: failureText(row.steps, message) }, recipe });
        lookSoon(story, row, undefined);
      };
      if (isLast && runs.some(({ run }) => run.startedAt !== null)) {
        const all = runs.map(({ run }) => run);
        begun(story, row, all, many);
      }
      if (told.status !== 'succeeded') return fail(lastWords ?? told.reason?.message ?? `its task is ${told.status}`);
      if (row.action === 'refresh' && row.cancelAt !== null) return end(story, row, { event: 'canceled', reason: row.reason, recipe });
      try {
        // What was planned at one agent is not to be carried out at another.
        if (!isLast && !many) row.workerId = runs[0]?.run.agentId ?? null;
        if (stage === 'plan') return takePlan(story, row, planOf(plannedBy(runs, many)), recipe);
        const seen = seenBy(runs, many, (observed) => work.outputs(observed), story.row, story.now);
        if (stage === 'status' && seen === undefined) return fail('the status script wrote nothing to KLEVR_OUTPUT');
        row.steps = stepsAfter(row.steps, runs, many);
        end(story, row, { event: 'succeeded', reason: null, observation: seen ?? null, recipe });
        lookSoon(story, row, seen);
      } catch (error) {
        if (!(error instanceof BadOutput)) throw error;
        fail(error.message);
      }
    });
  }

  private async runsOf(taskId: string): Promise<(HostRun & { readonly run: Run })[]> {
    return this.parts.runs.withOutputs(await this.parts.runs.list(taskId));
  }

  private async opened(
    operation: OperationRow,
    { recipe, parameters }: RevisionRow,
  ): Promise<{ readonly work: ShellWork; readonly engine: string | null }> {
    const { zoneName, engine } = (await this.store.placeOf(operation)) ?? { zoneName: operation.zoneId, engine: operation.engine };
    const resource = { id: operation.resourceId, name: operation.resourceName, zone: zoneName };
    return { work: shellWorkOf(await this.parts.shelf.open(recipe), parameters, resource), engine };
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}

/** What only looks waits for what changes. */
const waits = ({ now, changed }: Story, row: OperationRow, others: readonly OperationRow[]): boolean => {
  const before = others.find(isChange);
  if (before === undefined) return false;
  const reason = { code: inLine, message: `${before.action} ${before.id} comes first` };
  Object.assign(row, { reason, taskDueAt: new Date(now.getTime() + lookAgainMs) });
  changed.add(row);
  return true;
};

/** What is about to change is not looked at meanwhile. */
const supersede = (story: Story, other: OperationRow, recipe: ShelvedRecipe): void => {
  if (other.action !== 'refresh' || other.cancelAt !== null) return;
  const reason = { code: 'SUPERSEDED', message: 'the resource is being changed' };
  if (other.taskId === null) return end(story, Object.assign(other, { taskTries: 0 }), { event: 'canceled', reason, recipe });
  Object.assign(other, { cancelAt: story.now, taskDueAt: story.now, reason });
  story.changed.add(other);
};

/** One agent that has it is the one that keeps it. */
const begun = (story: Story, row: OperationRow, runs: readonly Run[], many: boolean): void => {
  const [run] = runs;
  if (!many && run !== undefined) Object.assign(row, { runId: run.id, workerId: run.agentId });
  begin(story, row, many ? null : row.workerId);
};

/** The plan of an operation; where it says that there is nothing to do, or is not what was agreed to, or is all that was asked for, that is its end. */
const takePlan = (story: Story, row: OperationRow, plan: Plan, recipe: ShelvedRecipe): void => {
  row.plan = keptPlan(plan);
  row.steps = row.action === 'plan' ? [] : stepsOf(plan, row.steps);
  story.changed.add(row);
  const planner = row.taskId;
  // There is no task left that would have to be found.
  row.taskTries = 0;
  if (row.action !== 'plan' && row.planDigest !== null && row.planDigest !== plan.digest) {
    const message = 'the plan is not the one that was agreed to any more: something has changed since; plan again';
    return end(story, row, { event: 'failed', reason: { code: 'APPLY_FAILED', message }, recipe });
  }
  if (row.action === 'plan' || !plan.changes.some(isWork)) return end(story, row, { event: 'succeeded', reason: null, recipe });
  if (planner !== null) Object.assign(row, { taskId: null, taskDueAt: story.now });
};

/** What was done is looked at, where the script itself did not tell. */
const lookSoon = ({ row, now }: Story, { action, startedAt }: OperationRow, seen: Observation | undefined): void => {
  if (action === 'apply' && startedAt !== null && seen === undefined) row.observeBy = now;
};
