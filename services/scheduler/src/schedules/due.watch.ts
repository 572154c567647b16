import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { ClaimsStore } from './claims.store.js';
import type { FireWork } from './fire-work.js';
import { FiresService } from './fires.service.js';

/** Safety net: events tell of changed schedules, and the clock of the host may be set. */
const lookMs = 30_000;
/** Due, but locked by another replica, or no room for it here. */
const soonMs = 25;
const failedMs = 1_000;
const mostInHand = 64;
/** Little room is not worth asking the table for. */
const leastRoom = 32;

/**
 * Wakes at the next due time, and takes up what is due as fast as it can be done. Every replica has one; they share the work by the claims.
 * A wake while it looks makes it look again. Does not: hold more fires than it can work on, so that the others get the rest.
 */
@Injectable()
export class DueWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly inHand = new Set<Promise<void>>();
  private cancelTimer: CancelTimer = () => undefined;
  private looking: Promise<void> | undefined;
  private wanted = false;
  private stopped = true;

  constructor(
    private readonly claims: ClaimsStore,
    private readonly fires: FiresService,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.stopped = false;
    this.wake();
  }

  /** What is in hand is finished: each try has a limit. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.looking;
    await Promise.all(this.inHand);
  }

  wake(): void {
    this.wanted = true;
    if (this.stopped || this.looking !== undefined) return;
    this.cancelTimer();
    this.looking = this.look().finally(() => {
      this.looking = undefined;
    });
  }

  /** A fire that has just been written, with a lease: answers when it has ended or is put off. Those after it follow. */
  async carryOutNow(fireId: string): Promise<void> {
    const work = await this.claims.one(fireId);
    const next = work === undefined ? undefined : await this.fires.carryOutOne(work);
    if (next !== undefined) this.begin([next]);
    else this.wake();
  }

  private async look(): Promise<void> {
    let delayMs = failedMs;
    try {
      while (this.wanted && !this.stopped) {
        this.wanted = false;
        await this.takeWork();
      }
      const next = await this.claims.nextAt();
      const restMs = next === null ? lookMs : next.getTime() - this.clock.nowMs();
      delayMs = restMs <= 0 ? soonMs : Math.min(restMs, lookMs);
    } catch (error) {
      this.log.warn({ error }, 'due times cannot be looked up now');
    }
    if (this.stopped) return;
    // Whatever woke it meanwhile comes at once.
    this.cancelTimer = this.clock.setTimer(() => this.wake(), this.wanted ? 0 : delayMs);
  }

  private async takeWork(): Promise<void> {
    while (!this.stopped) {
      const room = mostInHand - this.inHand.size;
      if (room < leastRoom) return;
      const now = new Date(this.clock.nowMs());
      const { claimed, work } = await this.claims.claim(now, room);
      this.begin(work);
      const left = room - work.length;
      const takenUp = left > 0 ? await this.claims.takeUp(now, left) : [];
      this.begin(takenUp);
      if (claimed < room && takenUp.length < left) return;
    }
  }

  private begin(work: readonly FireWork[]): void {
    for (const fire of work) {
      const done = this.fires.carryOut(fire).finally(() => {
        this.inHand.delete(done);
        // Its schedule may be due again already.
        if (mostInHand - this.inHand.size >= leastRoom) this.wake();
      });
      this.inHand.add(done);
    }
  }
}
