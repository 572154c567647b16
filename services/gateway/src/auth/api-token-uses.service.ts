import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type CancelTimer, Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { LRUCache } from 'lru-cache';
import { ApiTokensStore } from './api-tokens.store.js';

const EACH_MS = 60_000;
const GATHER_MS = 2_000;
const MOST_WAITING = 1_000;
const REMEMBERED = 10_000;

/**
 * Notes when API tokens were last used.
 *
 * Promises: `used` costs a look into memory; a token is written once a minute at most by each replica, many at once, and what waits is written at an
 * orderly stop. Does not: write again what the database did not take, the next use does.
 */
@Injectable()
export class ApiTokenUses implements OnModuleDestroy {
  private readonly noted = new LRUCache<string, number>({ max: REMEMBERED });
  private waiting = new Set<string>();
  private cancelTimer: CancelTimer | undefined;

  constructor(
    private readonly tokens: ApiTokensStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  used(id: string): void {
    const nowMs = this.clock.nowMs();
    const notedMs = this.noted.get(id);
    if (notedMs !== undefined && Math.abs(nowMs - notedMs) < EACH_MS) return;
    this.noted.set(id, nowMs);
    this.waiting.add(id);
    if (this.waiting.size >= MOST_WAITING) void this.write();
    else this.cancelTimer ??= this.clock.setTimer(() => void this.write(), GATHER_MS);
  }

  async onModuleDestroy(): Promise<void> {
    await this.write();
  }

  private async write(): Promise<void> {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    const ids = [...this.waiting];
    if (ids.length === 0) return;
    this.waiting = new Set();
    try {
      await this.tokens.touch(ids, new Date(this.clock.nowMs()));
    } catch (error) {
      this.log.debug({ error, tokens: ids.length }, 'when API tokens were used cannot be noted now');
    }
  }
}
