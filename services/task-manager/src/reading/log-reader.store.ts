import type { ReplyOf } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Step } from '@klevr/contracts/step';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { jsonValue } from '@klevr/persistence/columns';
import { guarded } from '@klevr/persistence/database-errors';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isEnded, type RunState } from '../runs/run-state.js';

export type LogPage = ReplyOf<typeof taskManagerRpc.getLogs>;

interface ChunkRow {
  seq: number;
  attempt: number;
  at: Date | null;
  phase: 'step' | 'recovery';
  stepIndex: number;
  stream: 'stdout' | 'stderr';
  data: Buffer;
  cut: number;
}

/** In base64 an answer stays below the megabyte that a NATS message may have. */
const answerBytes = 512 * 1024;
const answerChunks = 500;

/** What a run wrote, as it is stored. */
@Injectable()
export class LogReaderStore {
  constructor(private readonly dataSource: DataSource) {}

  read(runId: string, afterSeq: number): Promise<LogPage> {
    return guarded(async () => {
      const [run] = await this.dataSource.query<{ state: RunState; steps: unknown; recovery: unknown }[]>(
        'SELECT r.state, t.steps, t.recovery FROM runs r JOIN tasks t ON t.id = r.task_id WHERE r.id = ?',
        [runId],
      );
      if (run === undefined) throw new AppError('NOT_FOUND', 'There is no such run');
      const names = { step: jsonValue(run.steps) as Step[], recovery: jsonValue(run.recovery) as Step[] };
      const rows = await this.boundedRows(runId, afterSeq);
      const last = rows.taken.at(-1);
      return {
        chunks: rows.taken.map(({ seq, attempt, at, phase, stepIndex, stream, data, cut }) => ({
          seq,
          attempt,
          atMs: at?.getTime() ?? null,
          step: names[phase][stepIndex]?.name ?? '',
          stream,
          data: data.toString('base64'),
          cut: cut === 1,
        })),
        nextSeq: rows.more && last !== undefined ? last.seq : null,
        finished: isEnded(run.state),
      };
    });
  }

  /** Sizes first, so that no more is read than is answered. */
  private async boundedRows(runId: string, afterSeq: number): Promise<{ taken: ChunkRow[]; more: boolean }> {
    const sizes = await this.dataSource.query<{ seq: number; bytes: number }[]>(
      'SELECT seq, LENGTH(data) bytes FROM logs WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?',
      [runId, afterSeq, answerChunks + 1],
    );
    let bytes = 0;
    const fitting = sizes.slice(0, answerChunks).filter((row, index) => {
      bytes += row.bytes;
      return index === 0 || bytes <= answerBytes;
    });
    const lastSeq = fitting.at(-1)?.seq;
    if (lastSeq === undefined) return { taken: [], more: false };
    const taken = await this.dataSource.query<ChunkRow[]>(
      `SELECT seq, attempt, at, phase, step_index stepIndex, stream, data, cut FROM logs WHERE run_id = ? AND seq > ? AND seq <= ? ORDER BY seq`,
      [runId, afterSeq, lastSeq],
    );
    return { taken, more: sizes.length > fitting.length };
  }
}
