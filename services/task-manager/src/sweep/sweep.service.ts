import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { DeliveryService } from '../dispatch/delivery.service.js';
import { ZonePrimariesService } from '../dispatch/zone-primaries.service.js';
import { runsEnded } from '../metrics.js';
import type { RunRow } from '../runs/run-row.js';
import { WakeUps } from '../wake-ups.js';
import { RetentionStore } from './retention.store.js';
import { SweepStore } from './sweep.store.js';

const periodMs = 1_000;
/** Every so many rounds the rarer work is done. */
const safetyRounds = 2;
const tidyRounds = 600;

/**
 * The one timer of this service. It keeps times (deadlines, limits, repeats), which no event tells, and is the safety net for wake-ups that died
 * with their process. Nothing on the way of a healthy task waits for it.
 */
@Injectable()
export class SweepService {
  private cancelTimer: CancelTimer = () => undefined;
  private working: Promise<void> | undefined;
  private rounds = 0;
  private stopped = true;

  constructor(
    private readonly stores: { readonly sweep: SweepStore; readonly retention: RetentionStore },
    private readonly delivery: { readonly send: DeliveryService; readonly primaries: ZonePrimariesService },
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  start(): void {
    this.stopped = false;
    this.wake();
  }

  /** Looks now; used where a cancel was asked for. */
  wake(): void {
    if (this.stopped) return;
    if (this.working !== undefined) {
      void this.working.then(() => this.wake());
      return;
    }
    this.cancelTimer();
    this.working = this.round().finally(() => {
      this.working = undefined;
      if (!this.stopped) this.cancelTimer = this.clock.setTimer(() => this.wake(), periodMs);
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.working;
  }

  private async round(): Promise<void> {
    try {
      while (await this.sweepOnce());
      this.rounds += 1;
      if (this.rounds % safetyRounds === 1) this.wakeUps.zones(await this.stores.sweep.zonesWithDueRuns());
      if (this.rounds % tidyRounds === 1) await this.stores.retention.forgetOld(this.now());
    } catch (error) {
      this.log.warn({ error }, 'the sweep could not be done, it comes again');
    }
  }

  private async sweepOnce(): Promise<boolean> {
    const { stored, wakeZones, cancel, more } = await this.stores.sweep.sweep(this.now());
    for (const status of stored.ended) runsEnded.inc({ status });
    if (stored.ended.length > 0) this.wakeUps.outbox();
    if (stored.callbacksDue) this.wakeUps.callbacks();
    this.wakeUps.zones(wakeZones);
    // Not waited for: an agent that does not answer must not hold up the others.
    void this.sendCancels(cancel);
    return more && !this.stopped;
  }

  private async sendCancels(runs: readonly RunRow[]): Promise<void> {
    const byZone = new Map<string, RunRow[]>();
    for (const run of runs) byZone.set(run.zoneId, [...(byZone.get(run.zoneId) ?? []), run]);
    for (const [zoneId, ofZone] of byZone) {
      try {
        const { epoch } = await this.delivery.primaries.of(zoneId);
        await this.delivery.send.cancel(zoneId, epoch, ofZone);
      } catch (error) {
        this.log.warn({ zoneId, error }, 'cancels could not be sent, they go out again');
      }
    }
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
