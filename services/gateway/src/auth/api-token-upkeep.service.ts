import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type CancelTimer, Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { ApiTokensStore } from './api-tokens.store.js';
import { IdempotencyKeysStore } from './idempotency-keys.store.js';

/** Nothing but time tells when one has been over for long enough. */
const EVERY_MS = 3_600_000;
const FIRST_MS = 60_000;
const KEPT_MS = 30 * 24 * 3_600_000;

/** Removes API tokens that ended 30 days ago, and the gateway's own Idempotency-Keys of the day before. Replicas may do so at once. */
@Injectable()
export class ApiTokenUpkeep implements OnModuleInit, OnModuleDestroy {
  private cancelTimer: CancelTimer = () => undefined;
  private stopped = false;

  constructor(
    private readonly tokens: ApiTokensStore,
    private readonly keys: IdempotencyKeysStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.schedule(FIRST_MS);
  }

  onModuleDestroy(): void {
    this.stopped = true;
    this.cancelTimer();
  }

  async removeEnded(): Promise<void> {
    const before = new Date(this.clock.nowMs() - KEPT_MS);
    while (!(await this.tokens.removeEnded(before)) && !this.stopped);
    while ((await this.keys.forgetOld()) > 0 && !this.stopped);
  }

  private schedule(delayMs: number): void {
    if (this.stopped) return;
    this.cancelTimer = this.clock.setTimer(() => {
      void this.removeEnded()
        .catch((error: unknown) => this.log.debug({ error }, 'what is over cannot be removed now'))
        .finally(() => this.schedule(EVERY_MS));
    }, delayMs);
  }
}
