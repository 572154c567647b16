import { Clock } from '@klevr/platform/clock';
import { DueRounds } from '@klevr/platform/due-rounds';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { WakeUps } from '../wake-ups.js';
import { heal, lookAt, loseSightOf } from './life.js';
import { isSeenByOperations } from './seen.js';
import { SweepStore } from './sweep.store.js';
import { TasksService } from './tasks.service.js';

const leaseMs = 30_000;
/** A safety net, for what was committed by a process that ended before it told: every commit of this one wakes the sweep. */
const periodMs = 5_000;

/**
 * Sees to what is due: tasks that are to be made, drift that is to be mended, resources that nobody has looked at for too long.
 * Promises: what is committed here is seen to at once, what another replica left behind within some seconds.
 */
@Injectable()
export class SweepService {
  private readonly rounds: DueRounds;
  private started = false;

  constructor(
    private readonly store: SweepStore,
    private readonly tasks: TasksService,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    log: Log,
  ) {
    const failure = 'the sweep could not be done, it comes again';
    this.rounds = new DueRounds({ clock, log, periodMs, round: () => this.round(), failure });
  }

  start(): void {
    this.started = true;
    this.wake();
  }

  wake(): void {
    if (this.started) this.rounds.wake();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async round(): Promise<Date | undefined> {
    const [now, leaseUntil] = [this.in(0), this.in(leaseMs)];
    const ids = await this.store.claimTasks(now, leaseUntil);
    await Promise.all(ids.map((id) => this.tasks.see(id)));
    const healed = await this.heal(now);
    const unseen = await this.loseSight(now);
    if (ids.length + healed + unseen > 0) {
      this.wake();
      this.wakeUps.committed();
    }
    return this.store.nextTime(now);
  }

  private async heal(now: Date): Promise<number> {
    const ids = await this.store.resourcesToHeal(now);
    for (const id of ids) {
      await this.store.with(id, now, ({ story }) => {
        const { row } = story;
        if (row.healAt === null || row.healAt > now) return;
        if (row.status !== 'drifted' && row.status !== 'failed') row.healAt = null;
        else heal(story, now);
      });
    }
    return ids.length;
  }

  private async loseSight(now: Date): Promise<number> {
    const ids = await this.store.unseenResources(now);
    for (const id of ids) {
      await this.store.with(id, now, ({ story, hasOpenRefresh }) => {
        if (story.row.observeBy === null || story.row.observeBy > now) return;
        if (isSeenByOperations(story.row.recipe)) return lookAt(story, hasOpenRefresh);
        const last = story.row.observedAt?.toISOString() ?? 'it was made';
        loseSightOf(story, { code: 'NOT_OBSERVED', message: `no worker has looked at it since ${last}` }, hasOpenRefresh);
      });
    }
    return ids.length;
  }

  private in(ms: number): Date {
    return new Date(this.clock.nowMs() + ms);
  }
}
