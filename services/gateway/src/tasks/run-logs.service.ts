import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Run } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { LogLines } from './log-lines.js';
import { type ReadLogs, logFilter } from './log-query.js';
import { type OutputChunk, type OutputPage, cutNotice } from './stored-output.js';

const cutMark = Buffer.from(`\n${cutNotice}\n`);

/** Reads a run's stored output page by page, as fast as the caller takes it: one page is in memory at a time. */
@Injectable()
export class RunLogsService {
  constructor(private readonly bus: Bus) {}

  /** The first page is there when this resolves, so what is wrong with the question is told as a problem and not in the middle of the text. */
  async text(runId: string, query: Pick<ReadLogs, 'stream' | 'step' | 'attempt' | 'timestamps'>): Promise<Readable> {
    const chunks = this.chunksFrom(runId, await this.page(runId, 0), query);
    return Readable.from(query.timestamps === 'true' ? linesOf(chunks) : bytesOf(chunks), { objectMode: false });
  }

  /** How the run stands. */
  run(id: string): Promise<Run> {
    return call(this.bus, taskManagerRpc.getRun, { id });
  }

  async page(runId: string, afterSeq: number): Promise<OutputPage> {
    const { chunks, ...rest } = await call(this.bus, taskManagerRpc.getLogs, { runId, afterSeq });
    return { ...rest, chunks: chunks.map(({ data, ...chunk }) => ({ ...chunk, data: Buffer.from(data, 'base64') })) };
  }

  private async *chunksFrom(runId: string, first: OutputPage, query: Parameters<typeof logFilter>[0]): AsyncGenerator<OutputChunk> {
    const matches = logFilter(query);
    let page = first;
    for (let afterSeq = 0; ;) {
      yield* page.chunks.filter(matches);
      // Also ends where an answer leads nowhere: a reader that goes round in circles would never end.
      if (page.nextSeq === null || page.nextSeq <= afterSeq) return;
      afterSeq = page.nextSeq;
      page = await this.page(runId, afterSeq);
    }
  }
}

/** The bytes as the steps wrote them. */
async function* bytesOf(chunks: AsyncIterable<OutputChunk>): AsyncGenerator<Buffer> {
  for await (const { data, cut } of chunks) {
    yield data;
    if (cut) yield cutMark;
  }
}

async function* linesOf(chunks: AsyncIterable<OutputChunk>): AsyncGenerator<Buffer> {
  const lines = new LogLines();
  for await (const chunk of chunks) yield lines.take(chunk);
  yield lines.rest();
}
