import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { rowsForgotten } from '../metrics.js';
import { ForgettingStore, type Forgotten } from './forgetting.store.js';
import type { Kept } from './kept.js';

const firstAfterMs = 30_000;
const everyMs = 600_000;
const longestPauseMs = 1_000;

/** What operators chose. */
export class Retention {
  constructor(readonly kept: Kept) {}
}

/**
 * Takes away what is too old, every ten minutes until nothing is left of it. Age is told by no event, so a timer looks.
 * Promises: after each statement it pauses for as long as that took, so at most half of one connection is its own, however much there is to do. Does not: hurry;
 * what is too old may stay some minutes more.
 */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnModuleDestroy {
  private cancelTimer: CancelTimer = () => undefined;
  private working: Promise<unknown> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly store: ForgettingStore,
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

  /** One pass, to its end. Answers how many rows went, by table; undefined where another replica is at it. */
  async forget(now = new Date(this.clock.nowMs())): Promise<Record<string, number> | undefined> {
    const gone: Record<string, number> = {};
    let resumedMs = this.clock.monotonicMs();
    const alone = await this.store.alone(this.retention.kept, now, async ({ table, rows }: Forgotten) => {
      if (rows > 0) {
        gone[table] = (gone[table] ?? 0) + rows;
        rowsForgotten.inc({ table }, rows);
        await this.pause(Math.min(longestPauseMs, this.clock.monotonicMs() - resumedMs));
      }
      resumedMs = this.clock.monotonicMs();
      return this.stopped ? 'stop' : 'go on';
    });
    return alone ? gone : undefined;
  }

  private arm(afterMs: number): void {
    if (this.stopped) return;
    this.cancelTimer = this.clock.setTimer(() => {
      this.working = this.pass().finally(() => this.arm(everyMs));
    }, afterMs);
  }

  private async pass(): Promise<void> {
    try {
      const gone = await this.forget();
      if (gone !== undefined && Object.keys(gone).length > 0) this.log.info({ rows: gone }, 'what was too old was deleted');
    } catch (error) {
      this.log.warn({ error }, 'what is too old could not be deleted, it is tried again');
    }
  }

  private pause(forMs: number): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimer(resolve, forMs));
  }
}
