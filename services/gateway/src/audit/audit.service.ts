import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type CancelTimer, Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Counter } from 'prom-client';
import type { AuditEntry } from './audit-entry.js';
import { AuditStore } from './audit.store.js';

const MAX_WAITING = 20_000;
const BATCH_ENTRIES = 500;
const GATHER_MS = 100;
const RETRY_MS = 1_000;
const SHUTDOWN_MS = 2_000;
const KEPT_MS = 90 * 86_400_000;
const CLEANING_MS = 3_600_000;

const droppedEntries = new Counter({ name: 'klevr_audit_dropped_total', help: 'Audit entries lost because too many waited to be stored' });

/**
 * Writes the audit trail behind the requests.
 *
 * Promises: recording takes no time and fails no request; entries are written in batches, in order, again after a failure, and all that wait are
 * written at an orderly stop (two seconds at most); memory and table are bounded (entries are kept for 90 days).
 * Does not promise: that an entry survives a crash of this process within the tenth of a second before it is written (longer while the database is
 * away), or beyond 20,000 waiting ones: then the newest are dropped and counted.
 */
@Injectable()
export class AuditService implements OnApplicationShutdown {
  private readonly waiting: AuditEntry[] = [];
  private writing: Promise<void> | undefined;
  private cancelTimer: CancelTimer | undefined;
  private failing = false;
  private cleanedAtMs: number;

  constructor(
    private readonly store: AuditStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.cleanedAtMs = clock.monotonicMs() - CLEANING_MS;
  }

  record(entry: AuditEntry): void {
    if (this.waiting.length >= MAX_WAITING) {
      droppedEntries.inc();
      return;
    }
    this.waiting.push(entry);
    this.schedule(GATHER_MS);
  }

  get backlog(): number {
    return this.waiting.length;
  }

  async onApplicationShutdown(): Promise<void> {
    this.cancelTimer?.();
    let cancel: CancelTimer = () => undefined;
    const limit = new Promise<void>((resolve) => {
      cancel = this.clock.setTimer(resolve, SHUTDOWN_MS);
    });
    await Promise.race([(this.writing ?? Promise.resolve()).then(() => this.write()), limit]);
    cancel();
    if (this.waiting.length > 0) this.log.error({ entries: this.waiting.length }, 'audit entries lost at the stop');
  }

  private schedule(delayMs: number): void {
    if (this.cancelTimer || this.writing) return;
    this.cancelTimer = this.clock.setTimer(() => {
      this.cancelTimer = undefined;
      this.writing = this.write().finally(() => {
        this.writing = undefined;
        if (this.waiting.length > 0) this.schedule(this.failing ? RETRY_MS : GATHER_MS);
      });
    }, delayMs);
  }

  private async write(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const batch = this.waiting.slice(0, BATCH_ENTRIES);
        await this.store.insert(batch);
        this.waiting.splice(0, batch.length);
      }
      await this.clean();
      if (this.failing) this.log.info({}, 'audit trail is written again');
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.log.warn({ error, waiting: this.waiting.length }, 'audit trail cannot be written now');
      this.failing = true;
    }
  }

  private async clean(): Promise<void> {
    if (this.clock.monotonicMs() - this.cleanedAtMs < CLEANING_MS) return;
    this.cleanedAtMs = this.clock.monotonicMs();
    await this.store.removeBefore(new Date(this.clock.nowMs() - KEPT_MS));
  }
}
