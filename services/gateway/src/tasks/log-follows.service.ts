import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { isTerminal } from '@klevr/contracts/task';
import { Clock } from '@klevr/platform/clock';
import { EventLimits } from '../events/event-limits.js';
import { OpenStreamsService, type StreamOwner } from '../events/open-streams.service.js';
import { LiveLogsService } from './live-logs.service.js';
import { LiveOutput } from './live-output.js';
import { LogFollow } from './log-follow.js';
import { type ReadLogs, logFilter } from './log-query.js';
import { RunLogsService } from './run-logs.service.js';

/** Everybody who follows the output of a run at this replica. */
@Injectable()
export class LogFollowsService {
  constructor(
    private readonly logs: RunLogsService,
    private readonly live: LiveLogsService,
    private readonly open: OpenStreamsService,
    private readonly clock: Clock,
    private readonly limits: EventLimits,
  ) {}

  /** Resolves when the run is known to be there. */
  async follow(owner: StreamOwner, runId: string, query: ReadLogs, afterSeq: number): Promise<Readable> {
    this.open.checkRoom(owner);
    const { status, zoneId } = await this.logs.run(runId);
    const live = new LiveOutput(this.limits.liveLogBytes);
    const follow = new LogFollow({
      source: {
        page: (seq) => this.logs.page(runId, seq),
        state: async () => {
          const run = await this.logs.run(runId);
          return { status: run.status, finishedAtMs: run.finishedAt === null ? null : Date.parse(run.finishedAt) };
        },
      },
      live,
      matches: logFilter(query),
      afterSeq,
      quietMs: this.limits.logQuietMs,
      clock: this.clock,
    });
    let unlisten: () => void = () => undefined;
    const readable = this.open.serve(owner, follow, () => unlisten());
    if (!isTerminal(status)) {
      unlisten = this.live.listen(zoneId, runId, {
        heard: (chunk) => (live.add(chunk) ? follow.wake() : follow.look()),
        look: () => follow.look(),
      });
    }
    return readable;
  }
}
