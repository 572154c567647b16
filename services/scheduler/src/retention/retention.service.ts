import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Counter } from 'prom-client';
import { HistoryStore } from './history.store.js';

const firstAfterMs = 60_000;
const everyMs = 3_600_000;
const longestPauseMs = 1_000;

export const rowsForgotten = new Counter({
  name: 'klevr_history_rows_forgotten_total',
  help: 'Rows of the history that were deleted for their age, by table',
  labelNames: ['table'],
});

/** How long operators want to see what was. */
export class Retention {
  constructor(readonly historyDays: number) {}
}

/**
 * Takes away history that is too old, each hour until nothing is left of it. Age is told by no event, so a timer looks.
 * Promises: after each statement that took something it pauses for as long as that took. Does not: hurry.
 */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnModuleDestroy {
  private cancelTimer: CancelTimer = () => undefined;
  private working: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly store: HistoryStore,
    private readonly retention: Retention,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.arm(firstAfterMs);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.working;
  }

  /** One pass, to its end. */
  async forget(nowMs = this.clock.nowMs()): Promise<void> {
    let resumedMs = this.clock.monotonicMs();
    for await (const { table, rows } of this.store.forget(new Date(nowMs - this.retention.historyDays * 86_400_000))) {
      if (rows > 0) {
        rowsForgotten.inc({ table }, rows);
        const tookMs = this.clock.monotonicMs() - resumedMs;
        await new Promise<void>((resolve) => void this.clock.setTimer(resolve, Math.min(longestPauseMs, tookMs)));
      }
      if (this.stopped) return;
      resumedMs = this.clock.monotonicMs();
    }
  }

  private arm(afterMs: number): void {
    if (this.stopped) return;
    this.cancelTimer = this.clock.setTimer(() => {
      this.working = this.pass().finally(() => this.arm(everyMs));
    }, afterMs);
  }

  private async pass(): Promise<void> {
    try {
      await this.forget();
    } catch (error) {
      this.log.warn({ error }, 'history that is too old could not be deleted, it is tried again');
    }
  }
}
