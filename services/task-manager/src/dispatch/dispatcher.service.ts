import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { BindingService } from './binding.service.js';
import { ClaimStore, type Claimed } from './claim.store.js';
import { runsEnded } from '../metrics.js';
import type { RunRow } from '../runs/run-row.js';
import { WakeUps, type WakeReason } from '../wake-ups.js';
import { Deliveries } from './deliveries.js';
import { DeliveryService } from './delivery.service.js';
import type { Primary } from './primary.js';
import { WorkerBindingService } from './worker-binding.service.js';
import { ZonePrimariesService } from './zone-primaries.service.js';

interface Lane {
  wanted: boolean;
  /** What it was woken for since the last claim. */
  readonly reasons: Set<WakeReason>;
  failures: number;
  done: Promise<void>;
}

/** An appointee that is not ready by then is passed by. */
const readyWithinMs = 1_000;
const largestPauseMs = 5_000;
/** Who else could take what waits for a full host is asked no more often, zone by zone: it costs questions to the scheduler, whose answer may be the same. */
const elsewhereEveryMs = 1_000;
interface Out {
  readonly delivery: DeliveryService;
  readonly binding: BindingService;
  readonly workers: WorkerBindingService;
  readonly wakeUps: WakeUps;
}

const deliveriesAtOnce = { perZone: 32, total: 256 };

/**
 * Sends what is due, zone by zone.
 * Promises: a wake-up during a claim leads to another claim, so none is lost; zones do not wait for each other, whichever of them does not answer.
 * A database that is away only postpones: it never counts as a failed delivery. Does not: poll; the sweep wakes zones whose wake-up died with a
 * process.
 */
@Injectable()
export class DispatcherService {
  private readonly lanes = new Map<string, Lane>();
  private readonly deliveries = new Deliveries(deliveriesAtOnce);
  /** Epochs of primaries that have become ready and whose zones were not looked through since. */
  private readonly newEpochs = new Map<string, number>();
  /** Zones whose waiting runs were given another host a moment ago; true where that is to be tried once more. */
  private readonly resting = new Map<string, boolean>();
  private stopped = false;

  constructor(
    private readonly store: ClaimStore,
    private readonly primaries: ZonePrimariesService,
    private readonly out: Out,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  wake(zoneId: string, why: WakeReason = 'look'): void {
    const lane = this.lanes.get(zoneId);
    if (lane !== undefined) {
      lane.wanted = true;
      lane.reasons.add(why);
    } else if (!this.stopped) {
      const started: Lane = { wanted: true, reasons: new Set([why]), failures: 0, done: Promise.resolve() };
      this.lanes.set(zoneId, started);
      started.done = this.work(zoneId, started);
    }
  }

  /** A primary is ready: what nobody accepted under an older epoch goes out again at once. */
  appointed(zoneId: string, epoch: number): void {
    this.newEpochs.set(zoneId, epoch);
    this.wake(zoneId);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.lanes.values()].map((lane) => lane.done));
    await this.deliveries.ended();
  }

  private async work(zoneId: string, lane: Lane): Promise<void> {
    // Wake-ups of the same turn of the event loop are one.
    await Promise.resolve();
    while (lane.wanted && !this.stopped) {
      lane.wanted = false;
      try {
        await this.claimOnce(zoneId, lane);
        lane.failures = 0;
      } catch (error) {
        lane.failures += 1;
        lane.wanted = true;
        lane.reasons.add('look');
        this.log.warn({ zoneId, error, failures: lane.failures }, 'the due runs of a zone could not be claimed, trying again');
        const pauseMs = Math.min(largestPauseMs, 100 * 2 ** lane.failures);
        if (!this.stopped) await new Promise<void>((resolve) => this.clock.setTimer(resolve, pauseMs));
      }
    }
    this.lanes.delete(zoneId);
  }

  private async claimOnce(zoneId: string, lane: Lane): Promise<void> {
    const primary = await this.primaries.of(zoneId);
    if (this.mustWait(zoneId, primary)) return;
    const now = new Date(this.clock.nowMs());
    await this.takeOver(zoneId, now);
    const [due, again] = [lane.reasons.has('due'), lane.reasons.has('look')];
    // Before anything is awaited: a wake-up that comes meanwhile is for the next round.
    lane.reasons.clear();
    if (!due && !(await this.store.hasWork(zoneId, now))) return;
    const elsewhere = !this.resting.has(zoneId);
    const claimed = await this.store.claim(zoneId, primary, { again, elsewhere }, now);
    if (claimed.stuck) this.rest(zoneId, elsewhere);
    await this.handOut(zoneId, primary, claimed, lane);
  }

  /** A place that gets free during the rest is looked at after it, as nothing else tells of it once more. */
  private rest(zoneId: string, looked: boolean): void {
    this.resting.set(zoneId, !looked);
    if (!looked) return;
    this.clock.setTimer(() => {
      const wanted = this.resting.get(zoneId) === true;
      this.resting.delete(zoneId);
      if (wanted) this.wake(zoneId);
    }, elsewhereEveryMs);
  }

  private async handOut(
    zoneId: string,
    primary: Primary,
    { send, cancel, unbound, avoid, stored, more }: Claimed,
    lane: Lane,
  ): Promise<void> {
    for (const status of stored.ended) runsEnded.inc({ status });
    this.out.wakeUps.stored(stored);
    if (send.length > 0) await this.track(zoneId, this.out.delivery.send(zoneId, primary, send));
    if (cancel.length > 0) await this.track(zoneId, this.out.delivery.cancel(zoneId, primary.epoch, cancel));
    if (unbound.length > 0) await this.bind(zoneId, unbound, avoid);
    if (!more && unbound.length === 0) return;
    lane.wanted = true;
    lane.reasons.add('due');
  }

  private async bind(zoneId: string, unbound: readonly RunRow[], avoid: readonly string[]): Promise<void> {
    const forWorkers = unbound.filter(({ targetKind }) => targetKind === 'worker');
    const held = forWorkers.length === 0 ? [] : await this.out.workers.hold(zoneId, forWorkers);
    if (held.length > 0) await this.track(zoneId, this.out.workers.ask(zoneId, held, avoid));
    const forAgents = unbound.filter(({ targetKind }) => targetKind !== 'worker');
    if (forAgents.length > 0) await this.out.binding.bind(zoneId, forAgents, avoid);
  }

  private async takeOver(zoneId: string, now: Date): Promise<void> {
    const epoch = this.newEpochs.get(zoneId);
    if (epoch === undefined) return;
    await this.store.appointed(zoneId, epoch, now);
    if (this.newEpochs.get(zoneId) === epoch) this.newEpochs.delete(zoneId);
  }

  /** Its `ready` wakes the zone; the timer is for an appointee that never gets ready. */
  private mustWait(zoneId: string, primary: Primary): boolean {
    if (primary.kind !== 'appointed') return false;
    const leftMs = primary.sinceMs + readyWithinMs - this.clock.monotonicMs();
    if (leftMs <= 0) return false;
    this.clock.setTimer(() => this.wake(zoneId), leftMs);
    return true;
  }

  /** Goes on while the commands are on their way, unless too many are. */
  private async track(zoneId: string, delivery: Promise<void>): Promise<void> {
    const report = (error: unknown): void =>
      this.log.error({ error }, 'claimed runs could not be sent or bound; they will be claimed again');
    this.deliveries.add(zoneId, delivery.catch(report));
    await this.deliveries.room(zoneId);
  }
}
