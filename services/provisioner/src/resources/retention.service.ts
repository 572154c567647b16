import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { PacedWork } from '@klevr/platform/paced-work';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RetentionStore } from './retention.store.js';

/** What operators chose. */
export class Retention {
  constructor(
    readonly days: number,
    readonly aResource: number,
  ) {}
}

/** Takes away operations that are too old or too many, every ten minutes, at the pace of `PacedWork`. */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly work: PacedWork;

  constructor(
    private readonly store: RetentionStore,
    private readonly kept: Retention,
    private readonly clock: Clock,
    log: Log,
  ) {
    const failure = 'what is too old could not be deleted, it is tried again';
    this.work = new PacedWork({ clock, log, firstAfterMs: 30_000, everyMs: 600_000, pass: () => this.forget(), failure });
  }

  onApplicationBootstrap(): void {
    this.work.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.work.stop();
  }

  /** One pass, to its end. */
  async forget(): Promise<void> {
    const { days, aResource } = this.kept;
    const before = new Date(this.clock.nowMs() - days * 86_400_000);
    this.work.begin();
    for await (const _rows of this.store.everything(before, aResource)) {
      if (this.work.stopped) return;
      await this.work.rest();
    }
  }
}
