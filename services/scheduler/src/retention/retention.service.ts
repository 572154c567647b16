import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { PacedWork } from '@klevr/platform/paced-work';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Counter } from 'prom-client';
import { HistoryStore } from './history.store.js';

export const rowsForgotten = new Counter({
  name: 'klevr_history_rows_forgotten_total',
  help: 'Rows of the history that were deleted for their age, by table',
  labelNames: ['table'],
});

/** How long operators want to see what was. */
export class Retention {
  constructor(readonly historyDays: number) {}
}

/** Takes away history that is too old, each hour until nothing is left of it, at the pace of `PacedWork`. */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly work: PacedWork;

  constructor(
    private readonly store: HistoryStore,
    private readonly retention: Retention,
    private readonly clock: Clock,
    log: Log,
  ) {
    const failure = 'history that is too old could not be deleted, it is tried again';
    this.work = new PacedWork({ clock, log, firstAfterMs: 60_000, everyMs: 3_600_000, pass: () => this.forget(), failure });
  }

  onApplicationBootstrap(): void {
    this.work.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.work.stop();
  }

  /** One pass, to its end. */
  async forget(nowMs = this.clock.nowMs()): Promise<void> {
    this.work.begin();
    for await (const { table, rows } of this.store.forget(new Date(nowMs - this.retention.historyDays * 86_400_000))) {
      if (rows > 0) {
        rowsForgotten.inc({ table }, rows);
        await this.work.rest();
      }
      if (this.work.stopped) return;
      this.work.begin();
    }
  }
}
