import type { FactBatchReply } from '@klevr/contracts/fact';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { stepEndsOf } from '../callbacks/step-ends.js';
import { insertRows } from '../database/bulk.store.js';
import { hasEnded, type LoadedRun, type RunRow } from '../runs/run-row.js';
import { findPastAgents } from '../runs/attempts.store.js';
import { lockRunsById } from '../runs/runs.store.js';
import type { Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';
import type { StepChange } from './apply-event.js';
import type { StoredChunk } from './apply-log.js';
import { lockCursors, writeCursors } from './cursors.store.js';
import { judgeBatch, parseFacts, type Effects, type FactSource, type ParsedFact, type RefusedFact } from './fact-batch.js';

export interface StoredFacts {
  readonly replies: readonly FactBatchReply[];
  readonly stored: Stored;
  /** Runs that left a place of their zone, or must be sent again. */
  readonly wakeZones: readonly string[];
  readonly staleZones: readonly string[];
  readonly chunks: readonly StoredChunk[];
  /** By run id, for those who tell of chunks. */
  readonly runs: ReadonlyMap<string, RunRow>;
  /** Acceptances, with the time since the run was made. */
  readonly acceptedAfterMs: readonly number[];
}

/** Stores facts: many batches of many agents in one transaction, locks in the order cursors, runs, tasks. */
@Injectable()
export class FactsStore {
  constructor(private readonly dataSource: DataSource) {}

  apply(sources: readonly FactSource[], now: Date): Promise<StoredFacts> {
    const parsed = sources.map(parseFacts);
    const runIds = [...new Set(parsed.flat().flatMap(({ fact }) => fact?.runId ?? []))].sort();
    return inTransaction(this.dataSource, async (manager) => {
      const cursors = await lockCursors(manager, sources, now);
      const runs = await lockRunsById(manager, runIds);
      const pastAgents = await pastAgentsOf(manager, sources, parsed, runs);
      const effects: Effects = { events: [], chunks: [], refused: [], staleZones: new Set() };
      const replies = sources.map((source, index) => ({
        results: judgeBatch(source, parsed[index] ?? [], cursors.of(source), { runs, pastAgents, effects, now }),
      }));
      const changed = [...runs.values()].filter((run) => run.changed);
      // First, as a further attempt goes on after the steps that are known as done.
      const steps = effects.events.flatMap(({ step }) => step ?? []);
      await insertSteps(manager, steps);
      const stored = await storeRuns(manager, changed, now, stepEndsOf(steps, runs));
      await insertEffects(manager, effects, now);
      await writeCursors(manager, cursors.all(), now);
      const woken = changed.filter((run) => hasEnded(run) || run.row.due);
      return {
        replies,
        stored,
        wakeZones: woken.map(({ row }) => row.zoneId),
        staleZones: [...effects.staleZones],
        chunks: effects.chunks,
        runs: new Map([...runs].map(([id, { row }]) => [id, row])),
        acceptedAfterMs: changed
          .filter(({ was }) => was.state === 'dispatched')
          .flatMap(({ row }) => (row.acceptedAt === null ? [] : [now.getTime() - row.createdAt.getTime()])),
      };
    });
  }

  /** A fact that cannot be stored whatever is tried: kept aside, and passed. */
  setAside(refused: RefusedFact, now: Date): Promise<void> {
    return inTransaction(this.dataSource, async (manager) => {
      const cursors = await lockCursors(manager, [refused.source], now);
      const cursor = cursors.of(refused.source);
      cursor.lastSeq = Math.max(cursor.lastSeq, refused.seq);
      await insertRefused(manager, [refused], now);
      await writeCursors(manager, cursors.all(), now);
    });
  }
}

/** Facts of attempts that another agent had before; nearly always there are none. */
const pastAgentsOf = async (
  manager: EntityManager,
  sources: readonly FactSource[],
  parsed: readonly (readonly ParsedFact[])[],
  runs: ReadonlyMap<string, LoadedRun>,
): Promise<Map<string, string>> => {
  const foreign = new Map<string, [string, number]>();
  sources.forEach(({ agentId }, index) => {
    for (const { fact } of parsed[index] ?? []) {
      const row = fact && runs.get(fact.runId)?.row;
      if (row && row.agentId !== agentId && fact.attempt < row.attempt) foreign.set(`${row.id} ${fact.attempt}`, [row.id, fact.attempt]);
    }
  });
  return findPastAgents(manager, [...foreign.values()]);
};

const insertEffects = async (manager: EntityManager, effects: Effects, now: Date): Promise<void> => {
  await insertLogs(manager, effects.chunks);
  await insertRefused(manager, effects.refused, now);
};

/** The last fact of a step in this transaction, with what an earlier one said of its start. */
const insertSteps = async (manager: EntityManager, changes: readonly StepChange[]): Promise<void> => {
  const last = new Map<string, StepChange>();
  for (const change of changes) {
    const key = `${change.runId} ${change.attempt} ${change.phase} ${change.index}`;
    last.set(key, { ...change, startedAt: change.startedAt ?? last.get(key)?.startedAt ?? null });
  }
  const columns = [
    ...['run_id', 'attempt', 'phase', 'step_index', 'tries', 'outcome', 'exit_code', 'signal_name', 'output', 'started_at', 'finished_at'],
    'continued',
  ];
  const updated = ['tries', 'outcome', 'exit_code', 'signal_name', 'output', 'finished_at', 'continued'].map(
    (name) => `${name} = VALUES(${name})`,
  );
  const onDuplicate = [...updated, 'started_at = COALESCE(VALUES(started_at), started_at)'].join(', ');
  const rows = [...last.values()].map((step) => [
    ...[step.runId, step.attempt, step.phase, step.index, step.tries, step.outcome, step.exitCode, step.signal, step.output],
    ...[step.startedAt, step.finishedAt, step.continued],
  ]);
  await insertRows(manager, { table: 'steps', columns, onDuplicate }, rows);
};

const insertLogs = (manager: EntityManager, chunks: readonly StoredChunk[]): Promise<void> => {
  const columns = ['run_id', 'seq', 'attempt', 'phase', 'step_index', 'try', 'stream', 'stream_offset', 'data', 'cut', 'at'];
  const rows = chunks.map((chunk) => [
    ...[chunk.runId, chunk.seq, chunk.attempt, chunk.phase, chunk.index, chunk.try, chunk.stream, chunk.offset, chunk.data, chunk.cut],
    new Date(chunk.atMs),
  ]);
  return insertRows(manager, { table: 'logs', columns }, rows);
};

const insertRefused = (manager: EntityManager, refused: readonly RefusedFact[], now: Date): Promise<void> => {
  const columns = ['agent_id', 'journal_id', 'lane', 'seq', 'detail', 'body', 'created_at'];
  const rows = refused.map(({ source, seq, detail, body }) => {
    const { agentId, batch } = source;
    return [agentId, batch.journalId, batch.lane, seq, detail.slice(0, 500), body.slice(0, 262_144), now];
  });
  return insertRows(manager, { table: 'refused_facts', columns }, rows);
};
