import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { ReplyOf } from '@klevr/contracts/contract';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';

type LogPage = ReplyOf<typeof taskManagerRpc.getLogs>;

const cutMark = Buffer.from('\n[klevr: output was cut here]\n');

/** Reads a run's stored output page by page, as fast as the caller takes it: one page is in memory at a time. */
@Injectable()
export class RunLogsService {
  constructor(private readonly bus: Bus) {}

  /** The first page is there when this resolves, so what is wrong with the question is told as a problem and not in the middle of the text. */
  async text(runId: string): Promise<Readable> {
    return Readable.from(this.pagesFrom(runId, await this.page(runId, 0)), { objectMode: false });
  }

  private async *pagesFrom(runId: string, first: LogPage): AsyncGenerator<Buffer> {
    let page = first;
    for (let afterSeq = 0; ;) {
      for (const chunk of page.chunks) {
        yield Buffer.from(chunk.data, 'base64');
        if (chunk.cut) yield cutMark;
      }
      // Also ends where an answer leads nowhere: a reader that goes round in circles would never end.
      if (page.nextSeq === null || page.nextSeq <= afterSeq) return;
      afterSeq = page.nextSeq;
      page = await this.page(runId, afterSeq);
    }
  }

  private page(runId: string, afterSeq: number): Promise<LogPage> {
    return call(this.bus, taskManagerRpc.getLogs, { runId, afterSeq });
  }
}
