import { Batcher } from '@klevr/persistence/batcher';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { BodiesService, type Body } from './bodies.service.js';
import { LaneSender } from './lane-sender.service.js';
import { LanesStore, type DueDelivery, type LeasedLane, type ReceiverDue } from './lanes.store.js';
import { ReceiverLimits } from './receiver-limits.js';
import { SettleStore, type Settled } from './settle.store.js';

/** Safety net for messages that fell due in a process which ended before it woke its sender. */
const longestSleepMs = 30_000;
const afterErrorMs = 2_000;
/** Safety net where every lane was being written to. */
const afterLockMs = 500;
/** Receivers that have not answered by then when the service stops are asked again by whoever comes next. */
const patienceMs = 3_000;
/** So many receivers are looked after in one transaction, the longest waiting first. */
const receiversAtOnce = 32;
/** While messages of so many bytes are under way no further ones are built. */
const mostBytes = 64 * 1024 * 1024;

/** Where messages are kept and built. */
@Injectable()
export class CallbackStores {
  constructor(
    readonly lanes: LanesStore,
    readonly settle: SettleStore,
    readonly bodies: BodiesService,
  ) {}
}

/**
 * Sends what is due, at once when told and when a retry's time comes.
 * Promises: each message is delivered or ends as failed, visibly; over all replicas one try at a time, and those of one task to one receiver one after the
 * other, in their order; a receiver that is slow or hangs holds up no other. Does not: promise a single delivery; a crash between the receiver's answer and
 * its record sends it again, with the same `webhook-id`.
 */
@Injectable()
export class CallbacksService {
  private cancelTimer: CancelTimer = () => undefined;
  private readonly limits = new ReceiverLimits();
  private readonly sending = new Set<Promise<void>>();
  private readonly settling: Batcher<Settled, undefined>;
  private bytes = 0;
  private working: Promise<void> | undefined;
  private wanted = false;
  private stopped = false;

  constructor(
    private readonly stores: CallbackStores,
    private readonly sender: LaneSender,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    const run = async (settled: readonly Settled[]): Promise<{ value: undefined }[]> => {
      await this.stores.settle.settle(settled, this.now());
      return settled.map(() => ({ value: undefined }));
    };
    this.settling = new Batcher({ run, maxSize: 100 });
  }

  wake(): void {
    this.wanted = true;
    if (this.stopped) return;
    this.working ??= this.work().finally(() => {
      this.working = undefined;
      if (this.wanted) this.wake();
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.working;
    let cancel: CancelTimer = () => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.clock.setTimer(resolve, patienceMs);
    });
    await Promise.race([Promise.all(this.sending), late]);
    cancel();
    await this.sender.close();
    await Promise.all(this.sending);
  }

  private async work(): Promise<void> {
    // Wake-ups of the same turn are one.
    await Promise.resolve();
    this.cancelTimer();
    try {
      let pauseMs = 0;
      while (this.wanted && !this.stopped) {
        this.wanted = false;
        pauseMs = await this.sendDue();
      }
      if (!this.stopped) this.cancelTimer = this.clock.setTimer(() => this.wake(), pauseMs);
    } catch (error) {
      this.log.warn({ error }, 'due callbacks could not be read');
      this.cancelTimer = this.clock.setTimer(() => this.wake(), afterErrorMs);
    }
  }

  /** Answers how long nothing more is due. Whoever has no place free is looked at again when one of its tries ends. */
  private async sendDue(): Promise<number> {
    const { lanes, bodies } = this.stores;
    const receivers = (await lanes.receivers()).filter(({ receiver }) => this.limits.free(receiver) > 0);
    const now = this.now();
    const due = receivers.filter(({ nextAt }) => nextAt <= now).sort((a, b) => a.nextAt.getTime() - b.nextAt.getTime());
    const served = this.limits.share(due.slice(0, receiversAtOnce).map(({ receiver }) => receiver));
    if (served.length === 0 || this.bytes >= mostBytes) return sleepMs(receivers, now);
    const leased = await lanes.lease(served, now);
    // Somebody writes to the lanes that are due, and wakes its own sender afterwards.
    if (leased.length === 0) return Math.min(afterLockMs, sleepMs(receivers, now));
    for (const { receiver } of leased) this.limits.begin(receiver);
    const built = await bodies.of(headsFirst(leased), mostBytes, now).catch((error: unknown) => this.unbuilt(leased, error));
    for (const lane of leased) this.begin(lane, built);
    this.wanted = true;
    return 0;
  }

  private unbuilt(leased: readonly LeasedLane[], error: unknown): undefined {
    this.log.warn({ error, lanes: leased.length }, 'callbacks could not be prepared');
    return undefined;
  }

  private begin(lane: LeasedLane, bodies: ReadonlyMap<string, Body> | undefined): void {
    // Its lease ends by itself.
    if (bodies === undefined) return this.limits.end(lane.receiver);
    const bytes = lane.due.reduce((sum, { id }) => sum + bytesOf(bodies.get(id)), 0);
    this.bytes += bytes;
    const sent: Promise<void> = this.send(lane, bodies)
      .catch((error: unknown) => this.log.warn({ lane: lane.lane, error }, 'tries of callbacks could not be recorded'))
      .finally(() => {
        this.sending.delete(sent);
        this.bytes -= bytes;
        this.wake();
      });
    this.sending.add(sent);
  }

  private async send(lane: LeasedLane, bodies: ReadonlyMap<string, Body>): Promise<void> {
    try {
      const { receiver } = lane;
      const tried = await this.sender.send(lane, bodies, (answered, durationMs) => this.limits.heard(receiver, answered, durationMs));
      await this.settling.add({ lane, tried });
    } finally {
      this.limits.end(lane.receiver);
    }
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}

const sleepMs = (receivers: readonly ReceiverDue[], now: Date): number =>
  Math.min(longestSleepMs, ...receivers.filter(({ nextAt }) => nextAt > now).map(({ nextAt }) => nextAt.getTime() - now.getTime()));

const bytesOf = (body: Body | undefined): number => (body !== undefined && 'text' in body ? body.text.length : 0);

/** Where there is not room for all, every lane has its first message before one has its second. */
const headsFirst = (lanes: readonly LeasedLane[]): DueDelivery[] =>
  lanes
    .flatMap(({ due }) => due.map((delivery, place) => ({ delivery, place })))
    .sort((a, b) => a.place - b.place)
    .map(({ delivery }) => delivery);
