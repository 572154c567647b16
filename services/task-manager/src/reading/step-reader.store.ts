import type { Step } from '@klevr/contracts/step';
import type { Attempt, Reason, StepResult } from '@klevr/contracts/task';
import { jsonValue } from '@klevr/persistence/columns';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isoOrNull } from './page.js';

interface StepRow extends Omit<StepResult, 'name' | 'startedAt' | 'finishedAt'> {
  runId: string;
  attempt: number;
  startedAt: Date | null;
  finishedAt: Date | null;
}

interface AttemptRow extends Omit<Attempt, 'sentAt' | 'acceptedAt' | 'startedAt' | 'finishedAt'> {
  runId: string;
  sentAt: Date;
  acceptedAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
}

interface Names {
  readonly step: readonly Step[];
  readonly recovery: readonly Step[];
}

/** The run whose steps are told. */
export interface RunOfSteps {
  readonly id: string;
  readonly attempt: number;
  readonly firstStep: number;
  readonly recovering: boolean;
  readonly ended: boolean;
}

/** What belongs to runs: their steps, and the attempts before the present one. */
@Injectable()
export class StepReaderStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Answers a look-up by run: the steps of its present attempt, after those of earlier ones that it went on from. */
  async stepsOf(runIds: readonly string[], taskIds: readonly string[]): Promise<(run: RunOfSteps) => StepResult[]> {
    const rows = await this.dataSource.query<StepRow[]>(
      `SELECT run_id runId, attempt, phase, step_index \`index\`, tries, outcome, exit_code exitCode, signal_name \`signal\`, output,
        started_at startedAt, finished_at finishedAt
       FROM steps WHERE run_id IN (?) ORDER BY run_id, attempt, phase DESC, step_index`,
      [runIds],
    );
    const names = rows.length === 0 ? new Map<string, Names>() : await this.namesOf(runIds, taskIds);
    const found = new Map<string, StepResult[]>();
    for (const { runId, startedAt, finishedAt, ...rest } of rows) {
      const name = names.get(runId)?.[rest.phase][rest.index]?.name ?? '';
      const step = { ...rest, name, startedAt: isoOrNull(startedAt), finishedAt: isoOrNull(finishedAt) };
      found.set(runId, [...(found.get(runId) ?? []), step]);
    }
    return (run) => countingSteps(found.get(run.id) ?? [], run);
  }

  async earlierAttempts(runIds: readonly string[]): Promise<Map<string, Attempt[]>> {
    const rows = await this.dataSource.query<AttemptRow[]>(
      `SELECT run_id runId, attempt \`number\`, agent_id agentId, session, epoch, sent_at sentAt, accepted_at acceptedAt, started_at startedAt,
        finished_at finishedAt, outcome, first_step firstStep, reason
       FROM attempts WHERE run_id IN (?) ORDER BY run_id, attempt`,
      [runIds],
    );
    const found = new Map<string, Attempt[]>();
    for (const { runId, sentAt, acceptedAt, startedAt, finishedAt, ...rest } of rows) {
      const attempt = {
        ...rest,
        epoch: Number(rest.epoch),
        reason: rest.reason === null ? null : (jsonValue(rest.reason) as Reason),
        sentAt: sentAt.toISOString(),
        acceptedAt: isoOrNull(acceptedAt),
        startedAt: isoOrNull(startedAt),
        finishedAt: isoOrNull(finishedAt),
      };
      found.set(runId, [...(found.get(runId) ?? []), attempt]);
    }
    return found;
  }

  /** The names of a run's steps are its task's. */
  private async namesOf(runIds: readonly string[], taskIds: readonly string[]): Promise<Map<string, Names>> {
    const tasks = await this.dataSource.query<{ id: string; steps: unknown; recovery: unknown }[]>(
      'SELECT id, steps, recovery FROM tasks WHERE id IN (?)',
      [[...new Set(taskIds)]],
    );
    const byTask = new Map(tasks.map(({ id, steps, recovery }) => [id, namesIn(steps, recovery)]));
    return new Map(runIds.flatMap((runId, index) => [[runId, byTask.get(taskIds[index] ?? '') ?? { step: [], recovery: [] }]]));
  }
}

/**
 * Of earlier attempts only those before the first step of the present one, each as it was done last; all of them where the present one recovers from what became of
 * them. What no longer runs, and of whose end nobody told, is lost.
 */
const countingSteps = (all: readonly StepResult[], { attempt, firstStep, recovering, ended }: RunOfSteps): StepResult[] => {
  const counting = new Map<number, StepResult>();
  for (const step of all) {
    if (step.phase === 'step' && step.attempt < attempt && (recovering || step.index < firstStep)) counting.set(step.index, step);
  }
  const own = all.filter((step) => step.attempt === attempt);
  return [...[...counting.values()].toSorted((a, b) => a.index - b.index), ...own].map((step) =>
    step.outcome === 'running' && (ended || step.attempt < attempt) ? { ...step, outcome: 'lost' } : step,
  );
};

const namesIn = (steps: unknown, recovery: unknown): Names => ({
  step: jsonValue(steps) as Step[],
  recovery: jsonValue(recovery) as Step[],
});
