import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { type CancelTimer, Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Counter, Gauge } from 'prom-client';
import type { AuditEntry } from './audit-entry.js';
import { AuditStore } from './audit.store.js';

const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const BATCH_ENTRIES = 500;
const BATCH_BYTES = 2 * 1024 * 1024;
const GATHER_MS = 100;
const RETRY_MS = 1_000;
const STORE_TIMEOUT_MS = 2_000;
const SHUTDOWN_MS = 2_000;
/** An entry that the database refuses for itself, so often, is left out, so that those behind it get in. */
const MOST_TRIES = 5;

const storedEntries = new Counter({ name: 'klevr_audit_entries_total', help: 'Audit entries stored' });
const droppedEntries = new Counter({ name: 'klevr_audit_dropped_total', help: 'Audit entries lost because too many waited to be stored' });
const lateEntries = new Counter({ name: 'klevr_audit_late_total', help: 'Changes that were answered before their audit entry was stored' });
const waitingEntries = new Gauge({ name: 'klevr_audit_waiting', help: 'Audit entries that wait to be stored' });

interface Waiting {
  readonly entry: AuditEntry;
  readonly bytes: number;
  tries: number;
  /** Called once it is stored, or never will be. */
  readonly settled?: (isStored: boolean) => void;
}

/**
 * Writes the audit trail.
 *
 * Promises: entries are written in batches, in order, again after a failure, and all that wait are written at an orderly stop (two seconds at
 * most). `record` takes no time; `store` tells once the entry is stored, after two seconds at the latest. Memory is bounded.
 * Does not promise: that what was only recorded survives a crash of this process within the tenth of a second before it is written (longer while the
 * database is away), nor what is beyond 20,000 waiting entries or 32 MiB of them: then the newest are dropped and counted.
 */
@Injectable()
export class AuditService implements OnApplicationShutdown {
  private readonly waiting: Waiting[] = [];
  private waitingBytes = 0;
  private writing: Promise<void> | undefined;
  private cancelTimer: CancelTimer | undefined;
  private failing = false;
  /** One of the entries may be what the database refuses. */
  private isOneBad = false;

  constructor(
    private readonly entries: AuditStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Written soon. */
  record(entry: AuditEntry): void {
    if (this.add(entry)) this.schedule();
  }

  /** Written now, or with what comes while others are written. False where it is not stored in time; it is tried further. */
  store(entry: AuditEntry): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.clock.setTimer(() => settle(false), STORE_TIMEOUT_MS);
      let isSettled = false;
      const settle = (isStored: boolean): void => {
        if (isSettled) return;
        isSettled = true;
        cancel();
        if (!isStored) {
          lateEntries.inc();
          this.log.error(
            { entry: entry.id, action: entry.action, traceId: entry.traceId },
            'a change is answered before it is in the audit trail',
          );
        }
        resolve(isStored);
      };
      if (!this.add(entry, settle)) return settle(false);
      if (!this.failing) this.begin();
      else this.schedule();
    });
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
    await Promise.race([(this.writing ?? Promise.resolve()).then(() => this.writeAll()), limit]);
    cancel();
    if (this.waiting.length > 0) this.log.error({ entries: this.waiting.length }, 'audit entries lost at the stop');
  }

  private add(entry: AuditEntry, settled?: (isStored: boolean) => void): boolean {
    const bytes = entry.change?.length ?? 0;
    if (this.waiting.length >= MAX_WAITING || this.waitingBytes + bytes > MAX_WAITING_BYTES) {
      droppedEntries.inc();
      return false;
    }
    this.waiting.push({ entry, bytes, tries: 0, ...(settled === undefined ? {} : { settled }) });
    this.waitingBytes += bytes;
    waitingEntries.set(this.waiting.length);
    return true;
  }

  private schedule(): void {
    if (this.cancelTimer || this.writing) return;
    this.cancelTimer = this.clock.setTimer(() => this.begin(), this.failing ? RETRY_MS : GATHER_MS);
  }

  private begin(): void {
    if (this.writing) return;
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.writing = this.writeUrgent().finally(() => {
      this.writing = undefined;
      if (this.waiting.length > 0) this.schedule();
    });
  }

  /** As long as somebody waits for an entry, or a whole batch is there; the rest is gathered further. */
  private async writeUrgent(): Promise<void> {
    do await this.writeBatch();
    while (!this.failing && (this.waiting.length >= BATCH_ENTRIES || this.waiting.some(({ settled }) => settled !== undefined)));
  }

  private async writeAll(): Promise<void> {
    do await this.writeBatch();
    while (!this.failing && this.waiting.length > 0);
  }

  private async writeBatch(): Promise<void> {
    const batch = this.nextBatch();
    if (batch.length === 0) return;
    const again = batch.some(({ tries }) => tries > 0);
    for (const one of batch) one.tries++;
    try {
      await this.entries.append(
        batch.map(({ entry }) => entry),
        again,
      );
      storedEntries.inc(batch.length);
      this.leave(batch, true);
      if (this.failing) this.log.info({}, 'audit trail is written again');
      this.failing = false;
      this.isOneBad = false;
    } catch (error) {
      if (!this.failing) this.log.warn({ error, waiting: this.waiting.length }, 'audit trail cannot be written now');
      this.failing = true;
      this.isOneBad = error instanceof AppError && error.code === 'BAD_REQUEST';
      this.leaveOutHopeless(batch, error);
    }
  }

  private nextBatch(): Waiting[] {
    const mostEntries = this.isOneBad ? 1 : BATCH_ENTRIES;
    let bytes = 0;
    const end = this.waiting.findIndex((one, at) => at >= mostEntries || (at > 0 && (bytes += one.bytes) > BATCH_BYTES));
    return this.waiting.slice(0, end === -1 ? undefined : end);
  }

  private leaveOutHopeless(batch: readonly Waiting[], error: unknown): void {
    const [first] = batch;
    if (!this.isOneBad || batch.length !== 1 || first === undefined || first.tries < MOST_TRIES) return;
    droppedEntries.inc();
    this.log.error({ error, entry: first.entry.id, action: first.entry.action }, 'an audit entry cannot be stored and is left out');
    this.leave(batch, false);
  }

  private leave(batch: readonly Waiting[], isStored: boolean): void {
    this.waiting.splice(0, batch.length);
    this.waitingBytes -= batch.reduce((sum, { bytes }) => sum + bytes, 0);
    waitingEntries.set(this.waiting.length);
    for (const { settled } of batch) settled?.(isStored);
  }
}
