import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { PacedWork } from '@klevr/platform/paced-work';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { rowsForgotten } from '../metrics.js';
import { ForgettingStore, type Forgotten } from './forgetting.store.js';
import type { Kept } from './kept.js';

/** What operators chose. */
export class Retention {
  constructor(readonly kept: Kept) {}
}

/** Takes away what is too old, every ten minutes until nothing is left of it, at the pace of `PacedWork`; what is too old may stay some minutes more. */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly work: PacedWork;

  constructor(
    private readonly store: ForgettingStore,
    private readonly retention: Retention,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    const failure = 'what is too old could not be deleted, it is tried again';
    this.work = new PacedWork({ clock, log, firstAfterMs: 30_000, everyMs: 600_000, pass: () => this.pass(), failure });
  }

  onApplicationBootstrap(): void {
    this.work.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.work.stop();
  }

  /** One pass, to its end. Answers how many rows went, by table; undefined where another replica is at it. */
  async forget(now = new Date(this.clock.nowMs())): Promise<Record<string, number> | undefined> {
    const gone: Record<string, number> = {};
    this.work.begin();
    const alone = await this.store.alone(this.retention.kept, now, async ({ table, rows }: Forgotten) => {
      if (rows > 0) {
        gone[table] = (gone[table] ?? 0) + rows;
        rowsForgotten.inc({ table }, rows);
        await this.work.rest();
      }
      this.work.begin();
      return this.work.stopped ? 'stop' : 'go on';
    });
    return alone ? gone : undefined;
  }

  private async pass(): Promise<void> {
    const gone = await this.forget();
    if (gone !== undefined && Object.keys(gone).length > 0) this.log.info({ rows: gone }, 'what was too old was deleted');
  }
}
