import { Batcher } from '@klevr/persistence/batcher';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { callbackAttempts } from '../metrics.js';
import { BodiesService, type Body } from './bodies.service.js';
import { LanesStore, type DueDelivery, type ReceiverDue } from './lanes.store.js';
import { ReceiverLimits } from './receiver-limits.js';
import { afterAnswer, type Answer } from './retry-schedule.js';
import { SettleStore, type Settled } from './settle.store.js';
import { WebhookClient } from './webhook.client.js';

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
  /** What ends from now on was ended by us, and says nothing of its receiver. */
  private cut = false;

  constructor(
    private readonly stores: CallbackStores,
    private readonly client: WebhookClient,
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
    this.cut = true;
    await this.client.close();
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
    const built = await bodies.of(leased, now).catch((error: unknown) => this.unbuilt(leased, error));
    for (const delivery of leased) this.begin(delivery, built?.get(delivery.id));
    this.wanted = true;
    return 0;
  }

  /** Their leases end by themselves. */
  private unbuilt(leased: readonly DueDelivery[], error: unknown): undefined {
    this.log.warn({ error, callbacks: leased.length }, 'callbacks could not be prepared');
    return undefined;
  }

  private begin(delivery: DueDelivery, body: Body | undefined): void {
    if (body === undefined) return this.limits.end(delivery.receiver, true, 0);
    const bytes = 'text' in body ? body.text.length : 0;
    this.bytes += bytes;
    const sent: Promise<void> = this.send(delivery, body)
      .catch((error: unknown) => this.log.warn({ callback: delivery.id, error }, 'the try of a callback could not be recorded'))
      .finally(() => {
        this.sending.delete(sent);
        this.bytes -= bytes;
        this.wake();
      });
    this.sending.add(sent);
  }

  private async send(delivery: DueDelivery, body: Body): Promise<void> {
    const [at, startedMs] = [this.now(), this.clock.monotonicMs()];
    const answer = await this.answer(delivery, body, at);
    if (this.cut) return this.limits.end(delivery.receiver, true, 0);
    const durationMs = Math.round(this.clock.monotonicMs() - startedMs);
    this.limits.end(delivery.receiver, answer.status !== null || answer.hopeless, durationMs);
    const progress = { attempts: delivery.attempts - delivery.firstAttempt + 1, firstTryAt: delivery.firstTryAt ?? at };
    const next = afterAnswer(answer, progress, this.now(), Math.random());
    const { status, error } = answer;
    await this.settling.add({ delivery, tried: { at: at.toISOString(), status, error, durationMs }, next });
    callbackAttempts.inc({ outcome: next.step });
    const fields = { callback: delivery.id, taskId: delivery.taskId, attempts: delivery.attempts + 1, status, error };
    if (next.step === 'failed') this.log.error(fields, 'a callback has failed for good');
    if (next.step === 'retry') this.log.info({ ...fields, nextAt: next.at.toISOString() }, 'a callback will be tried again');
  }

  private answer({ id, url, secret }: DueDelivery, body: Body, at: Date): Promise<Answer> {
    const gone = 'error' in body ? body.error : url === null || secret === null ? 'its webhook is not enabled, or gone' : undefined;
    if (gone !== undefined || !('text' in body) || url === null || secret === null) {
      return Promise.resolve({ status: null, retryAfter: null, error: gone ?? '', hopeless: true });
    }
    return this.client.post({ id, url, secret, body: body.text, at });
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}

const sleepMs = (receivers: readonly ReceiverDue[], now: Date): number =>
  Math.min(longestSleepMs, ...receivers.filter(({ nextAt }) => nextAt > now).map(({ nextAt }) => nextAt.getTime() - now.getTime()));
