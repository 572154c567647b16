import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type CancelTimer, Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { AuditTrailService } from './audit-trail.service.js';
import { RetentionStore } from './retention.store.js';

const DAY_MS = 86_400_000;
const ROUND_MS = 3_600_000;
const PAUSE_MS = 1_000;
const CUT_AT_ONCE = 2_000;

export class AuditRetention {
  constructor(readonly keepDays: number) {}
}

/**
 * Once an hour: what is older than it has to be kept is cut off, a few thousand entries at a time, and the rest stays verifiable; and the signed head is
 * written to the log, so that wherever logs are gathered there are heads that nobody with the database alone can take back.
 */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnModuleDestroy {
  private cancelTimer: CancelTimer | undefined;
  private isStopped = false;

  constructor(
    private readonly retention: AuditRetention,
    private readonly store: RetentionStore,
    private readonly trail: AuditTrailService,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(PAUSE_MS);
  }

  onModuleDestroy(): void {
    this.isStopped = true;
    this.cancelTimer?.();
  }

  /** True if there is more to cut off. */
  async cut(): Promise<boolean> {
    const last = await this.store.lastBefore(new Date(this.clock.nowMs() - this.retention.keepDays * DAY_MS), CUT_AT_ONCE);
    if (last === undefined) return false;
    await this.store.cutAt(this.trail.anchorAt(last));
    return true;
  }

  private schedule(delayMs: number): void {
    if (this.isStopped) return;
    // No event tells that something has become old.
    this.cancelTimer = this.clock.setTimer(() => void this.round(), delayMs);
  }

  private async round(): Promise<void> {
    let isMore = false;
    try {
      isMore = await this.cut();
      if (!isMore) this.log.info({ head: await this.trail.head() }, 'audit head');
    } catch (error) {
      this.log.warn({ error }, 'the oldest part of the audit trail cannot be cut off now');
    }
    this.schedule(isMore ? PAUSE_MS : ROUND_MS);
  }
}
