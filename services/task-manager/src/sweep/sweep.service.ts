import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { BatchesService } from '../batches/batches.service.js';
import { DeliveryService } from '../dispatch/delivery.service.js';
import { ZonePrimariesService } from '../dispatch/zone-primaries.service.js';
import { DoubtsService } from '../hosts/doubts.service.js';
import { runsEnded } from '../metrics.js';
import type { RunRow } from '../runs/run-row.js';
import { WakeUps } from '../wake-ups.js';
import { SweepStore } from './sweep.store.js';

const periodMs = 1_000;
/** Two rounds are never closer, however many times lie close together; so late a time may be kept. */
const shortestMs = 20;
/** The rarer work. */
const safetyEveryMs = 2_000;

/**
 * The one timer of this service. It keeps times (scheduled ones, pauses, deadlines, limits, repeats), which no event tells, and is the safety net for wake-ups
 * that died with their process. Nothing on the way of a healthy task waits for it.
 * Promises: a time that is stored is kept within some ten milliseconds: a round asks for the next one within the second, and what is stored later is told (`by`).
 */
@Injectable()
export class SweepService {
  private cancelTimer: CancelTimer = () => undefined;
  private working: Promise<void> | undefined;
  private wanted = false;
  /** When the timer goes off; of times that are told during a round, the first. */
  private nextAtMs = Number.POSITIVE_INFINITY;
  private sweptTo = new Date(0);
  private safetyAtMs = 0;
  private stopped = true;

  constructor(
    private readonly store: SweepStore,
    private readonly delivery: {
      readonly send: DeliveryService;
      readonly primaries: ZonePrimariesService;
      readonly batches: BatchesService;
      readonly doubts: DoubtsService;
    },
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
    this.wanted = true;
    if (!this.stopped) this.working ??= this.work();
  }

  /** Something waits until then. */
  by(time: Date): void {
    if (this.stopped || time.getTime() >= this.nextAtMs) return;
    if (this.working === undefined) this.arm(time.getTime());
    else this.nextAtMs = time.getTime();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.working;
    await this.delivery.batches.stop();
  }

  private async work(): Promise<void> {
    this.cancelTimer();
    while (this.wanted && !this.stopped) {
      this.wanted = false;
      this.nextAtMs = Number.POSITIVE_INFINITY;
      await this.round();
    }
    this.working = undefined;
    if (!this.stopped) this.arm(this.nextAtMs);
  }

  private arm(atMs: number): void {
    const nowMs = this.clock.nowMs();
    const afterMs = Math.min(periodMs, Math.max(shortestMs, atMs - nowMs));
    this.nextAtMs = nowMs + afterMs;
    this.cancelTimer();
    this.cancelTimer = this.clock.setTimer(() => this.wake(), afterMs);
  }

  private async round(): Promise<void> {
    const { store } = this;
    try {
      while (await this.sweepOnce());
      // Not waited for either: it may have to ask the scheduler.
      void this.delivery.batches.advance();
      const atMs = this.clock.monotonicMs();
      if (atMs >= this.safetyAtMs) {
        this.safetyAtMs = atMs + safetyEveryMs;
        this.wakeUps.zones(await store.zonesWithDueRuns());
      }
      const next = await store.nextTime(this.sweptTo, new Date(this.clock.nowMs() + periodMs));
      if (next !== undefined) this.nextAtMs = Math.min(this.nextAtMs, next.getTime());
    } catch (error) {
      this.log.warn({ error }, 'the sweep could not be done, it comes again');
    }
  }

  private async sweepOnce(): Promise<boolean> {
    this.sweptTo = this.now();
    const { stored, wakeZones, cancel, doubted, more } = await this.store.sweep(this.sweptTo);
    for (const status of stored.ended) runsEnded.inc({ status });
    this.wakeUps.stored(stored);
    this.wakeUps.zones(wakeZones);
    // Not waited for: an agent that does not answer must not hold up the others.
    void this.sendCancels(cancel);
    void this.delivery.doubts.ask(doubted);
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
