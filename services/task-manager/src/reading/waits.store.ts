import type { Reason } from '@klevr/contracts/task';
import { jsonValue } from '@klevr/persistence/columns';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LinesStore } from '../governors/lines.store.js';
import { isEnded } from '../runs/run-state.js';
import { whyWaiting, type AgentView, type WaitingRun } from '../runs/waiting-reason.js';

/** What has to be known of a run to say why it waits, or why it ended. */
export interface Reasoned extends WaitingRun {
  readonly id: string;
  readonly taskId: string;
  readonly zoneId: string;
  readonly due: number;
  readonly concurrencyKey: string | null;
  readonly reason: unknown;
}

/** The reasons of runs, worked out for those who ask. What nobody waits for is not looked up. */
@Injectable()
export class WaitsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lines: LinesStore,
  ) {}

  async reasonsOf(rows: readonly Reasoned[], now: Date): Promise<(row: Reasoned) => Reason | null> {
    const waiting = rows.filter(({ state }) => state === 'scheduled' || state === 'queued' || state === 'dispatched');
    const [agents, blocks, batches] = await Promise.all([
      this.findAgents(waiting.flatMap((row) => row.agentId ?? [])),
      this.lines.blocksOf(waiting.filter((row) => row.state === 'queued' && row.due === 1)),
      this.findBatchTimes(waiting.flatMap((row) => (row.waitCode === 'BATCH_WAITS' ? [row.taskId] : []))),
    ]);
    return (row) => {
      if (isEnded(row.state)) return row.reason === null ? null : (jsonValue(row.reason) as Reason);
      return whyWaiting(row, { agent: agents.get(row.agentId ?? ''), block: blocks.get(row.id), batchAt: batches.get(row.taskId) }, now);
    };
  }

  private async findAgents(ids: readonly string[]): Promise<Map<string, AgentView>> {
    if (ids.length === 0) return new Map();
    const rows = await this.dataSource.query<(Omit<AgentView, 'online' | 'drained'> & { id: string; online: number; drained: number })[]>(
      `SELECT agent_id id, online, status, cause, since, drained, drain_since drainSince, drain_cause drainCause
       FROM agent_state WHERE agent_id IN (?)`,
      [[...new Set(ids)]],
    );
    return new Map(rows.map((row) => [row.id, { ...row, online: row.online === 1, drained: row.drained === 1 }]));
  }

  /** By task: when its next batch begins, where that is known. */
  private async findBatchTimes(taskIds: readonly string[]): Promise<Map<string, Date>> {
    if (taskIds.length === 0) return new Map();
    const rows = await this.dataSource.query<{ id: string; nextAt: Date }[]>(
      `SELECT id, batch_next_at nextAt FROM tasks WHERE id IN (?) AND batch_state = 'pausing' AND batch_next_at IS NOT NULL`,
      [[...new Set(taskIds)]],
    );
    return new Map(rows.map(({ id, nextAt }) => [id, nextAt]));
  }
}
