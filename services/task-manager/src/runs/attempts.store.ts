import type { EntityManager } from 'typeorm';
import { insertRows } from '../database/bulk.store.js';
import { resumeAfter, type DoneStep } from './resume.js';
import type { LoadedRun } from './run-row.js';

/** The attempts before the present one, and what of their work counts. Only runs with several attempts cost a statement here. */
const columns = [
  ...['run_id', 'attempt', 'agent_id', 'session', 'epoch', 'sent_at', 'accepted_at', 'started_at', 'finished_at', 'outcome', 'reason'],
  'first_step',
];

export const storePastAttempts = (manager: EntityManager, runs: readonly LoadedRun[]): Promise<void> => {
  const rows = runs.flatMap(({ past }) =>
    past.map((one) => [
      ...[one.runId, one.attempt, one.agentId, one.session, one.epoch, one.sentAt, one.acceptedAt, one.startedAt, one.finishedAt],
      ...[one.outcome, one.reason === null ? null : JSON.stringify(one.reason), one.firstStep],
    ]),
  );
  return insertRows(manager, { table: 'attempts', columns, ignore: true }, rows);
};

/** Who had these attempts, by run and attempt. */
export const findPastAgents = async (
  manager: EntityManager,
  attempts: readonly (readonly [runId: string, attempt: number])[],
): Promise<Map<string, string>> => {
  if (attempts.length === 0) return new Map();
  const rows = await manager.query<{ runId: string; attempt: number; agentId: string }[]>(
    'SELECT run_id runId, attempt, agent_id agentId FROM attempts WHERE (run_id, attempt) IN (?)',
    [attempts],
  );
  return new Map(rows.map(({ runId, attempt, agentId }) => [`${runId} ${attempt}`, agentId]));
};

/** Of a row of `steps`. */
export const isDone = `phase = 'step' AND (outcome = 'succeeded' OR continued = 1)`;

/** Reads what the attempts of resumable runs have done, where another attempt follows. */
export const resumeRuns = async (manager: EntityManager, runs: readonly LoadedRun[]): Promise<void> => {
  const again = runs.filter(
    ({ past, row }) => past.length > 0 && (row.retry?.resumable === true || row.recoveryOf !== null) && row.state === 'queued',
  );
  if (again.length === 0) return;
  const rows = await manager.query<(DoneStep & { runId: string })[]>(
    `SELECT run_id runId, step_index \`index\`, exit_code exitCode, output FROM steps WHERE run_id IN (?) AND ${isDone} ORDER BY run_id, step_index, attempt`,
    [again.map(({ row }) => row.id)],
  );
  const doneOf = new Map<string, DoneStep[]>();
  for (const step of rows) doneOf.set(step.runId, [...(doneOf.get(step.runId) ?? []), step]);
  for (const run of again) resumeAfter(run, doneOf.get(run.row.id) ?? []);
};
