import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Histogram } from 'prom-client';
import type { TermRecord } from '@klevr/election/settlement-types';
import { TermsStore } from './terms.store.js';

/** What this replica only saw is recorded after this time, in case the one that did it died before it could. */
const patienceMs = 2_000;
const longestPauseMs = 5_000;
/** Records begin this long after an appointment: its ready is to find the disk idle, which database and bucket may share. */
const afterAppointmentMs = 200;
/** While MariaDB is away terms wait here; beyond this the oldest are dropped, and the log says so. */
const mostWaiting = 10_000;

const gapSeconds = new Histogram({
  name: 'klevr_primary_gap_seconds',
  help: 'How long a zone was without a primary, from the end of one term to the ready of the next',
  buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3.5, 5, 10, 30, 60, 300],
});

interface Waiting {
  readonly zoneId: string;
  readonly record: TermRecord;
}

/** Writes terms after the fact, in order, again and again until the database took them: no election waits for it. */
@Injectable()
export class TermRecorder implements OnApplicationShutdown {
  private readonly waiting: Waiting[] = [];
  private readonly later = new Set<CancelTimer>();
  private working = false;
  private stopped = false;
  private failures = 0;
  /** A timer will start the work. */
  private begun = false;
  private cancelWork: CancelTimer = () => undefined;

  constructor(
    private readonly store: TermsStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  record(zoneId: string, record: TermRecord): void {
    if (record.kind !== 'seen') return this.add({ zoneId, record });
    const cancel = this.clock.setTimer(() => {
      this.later.delete(cancel);
      this.add({ zoneId, record });
    }, patienceMs);
    this.later.add(cancel);
  }

  /** Gives what waits one last chance, as the database may be there. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.cancelWork();
    for (const cancel of this.later) cancel();
    for (const { zoneId, record } of this.waiting.splice(0)) {
      try {
        await this.store.record(zoneId, record);
      } catch (error) {
        return this.log.warn({ error }, 'terms were not recorded before the end');
      }
    }
  }

  private add(waiting: Waiting): void {
    if (this.stopped) return;
    this.waiting.push(waiting);
    if (this.waiting.length > mostWaiting) {
      const dropped = this.waiting.shift();
      this.log.error({ zoneId: dropped?.zoneId, record: dropped?.record }, 'too many terms wait for the database, one is not recorded');
    }
    if (this.working || this.begun) return;
    this.begun = true;
    this.cancelWork = this.clock.setTimer(() => void this.work(), this.failures === 0 ? afterAppointmentMs : this.pauseMs());
  }

  private async work(): Promise<void> {
    this.begun = false;
    this.working = true;
    for (let next = this.waiting[0]; next && !this.stopped; next = this.waiting[0]) {
      try {
        const gapMs = await this.store.record(next.zoneId, next.record);
        if (gapMs !== undefined) gapSeconds.observe(gapMs / 1000);
        this.waiting.shift();
        this.failures = 0;
      } catch (error) {
        if (this.failures++ === 0) this.log.warn({ error }, 'terms cannot be recorded now');
        this.begun = true;
        this.cancelWork = this.clock.setTimer(() => void this.work(), this.pauseMs());
        break;
      }
    }
    this.working = false;
  }

  private pauseMs(): number {
    return Math.min(100 * 2 ** Math.min(this.failures, 10), longestPauseMs);
  }
}
