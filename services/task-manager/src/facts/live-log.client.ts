import type { LogChunk } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { WorkStore } from '../dispatch/work.store.js';
import type { RunRow } from '../runs/run-row.js';
import type { StoredChunk } from './apply-log.js';

/** Offers stored output to those who follow it live. What gets lost here is read from the database. */
@Injectable()
export class LiveLogClient {
  constructor(
    private readonly publisher: StreamPublisher,
    private readonly work: WorkStore,
    private readonly log: Log,
  ) {}

  async offer(chunks: readonly StoredChunk[], runs: ReadonlyMap<string, RunRow>): Promise<void> {
    try {
      const works = await this.work.load(chunks.flatMap(({ runId }) => runs.get(runId)?.taskId ?? []));
      for (const chunk of chunks) {
        const run = runs.get(chunk.runId);
        if (run !== undefined)
          this.offerOne(chunk, run.zoneId, works.get(run.taskId)?.[chunk.phase === 'step' ? 'steps' : 'recovery'][chunk.index]?.name ?? '');
      }
    } catch (error) {
      this.log.warn({ error }, 'stored output was not offered live');
    }
  }

  private offerOne({ runId, attempt, seq, stream, atMs, cut, data }: StoredChunk, zone: string, step: string): void {
    const body: LogChunk = { runId, attempt, seq, stream, step, atMs, cut, data: data.toString('base64') };
    const subject = subjects.log.build({ zone, run: runId });
    this.publisher.offer({ id: newId('message'), subject, schema: 'log', body: JSON.stringify(body) });
  }
}
