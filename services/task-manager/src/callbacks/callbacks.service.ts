import type { Run } from '@klevr/contracts/task';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { callbackAttempts } from '../metrics.js';
import { RunReaderStore } from '../reading/run-reader.store.js';
import { TaskReaderStore } from '../reading/task-reader.store.js';
import { callbackBody, largestRuns } from './callback-body.js';
import { CallbacksStore, type DueDelivery } from './callbacks.store.js';
import { afterAnswer } from './retry-schedule.js';
import { WebhookClient } from './webhook.client.js';

const atOnce = 32;
/** Safety net for callbacks that fell due in a process which ended before it woke its sender. */
const longestSleepMs = 30_000;
const afterErrorMs = 2_000;
const pageSize = 200;

/**
 * Sends what is due, at once when told and when a retry's time comes.
 * Promises: each is delivered or ends as failed, visibly; over all replicas one try at a time. Does not: promise a single delivery; a crash
 * between the receiver's answer and its record sends it again, with the same `webhook-id`.
 */
@Injectable()
export class CallbacksService {
  private cancelTimer: CancelTimer = () => undefined;
  private readonly sending = new Set<Promise<void>>();
  private working: Promise<void> | undefined;
  private wanted = false;
  private stopped = false;

  constructor(
    private readonly store: CallbacksStore,
    private readonly client: WebhookClient,
    private readonly read: { readonly tasks: TaskReaderStore; readonly runs: RunReaderStore },
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

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
    await Promise.all(this.sending);
    await this.client.close();
  }

  private async work(): Promise<void> {
    // Wake-ups of the same turn are one.
    await Promise.resolve();
    this.cancelTimer();
    try {
      while (this.wanted && !this.stopped) {
        this.wanted = false;
        await this.sendDue();
      }
      await this.sleepUntilNext();
    } catch (error) {
      this.log.warn({ error }, 'due callbacks could not be read');
      this.cancelTimer = this.clock.setTimer(() => this.wake(), afterErrorMs);
    }
  }

  private async sendDue(): Promise<void> {
    const leased = await this.store.lease(atOnce - this.sending.size, this.now());
    for (const delivery of leased) {
      const sent: Promise<void> = this.send(delivery).finally(() => this.sending.delete(sent));
      this.sending.add(sent);
    }
    if (leased.length === 0) return;
    if (this.sending.size >= atOnce) await Promise.race(this.sending);
    this.wanted = true;
  }

  private async sleepUntilNext(): Promise<void> {
    if (this.stopped) return;
    const nextAt = await this.store.nextAt();
    const delayMs = nextAt === null ? longestSleepMs : Math.min(longestSleepMs, Math.max(0, nextAt.getTime() - this.clock.nowMs()));
    this.cancelTimer = this.clock.setTimer(() => this.wake(), delayMs);
  }

  private async send(delivery: DueDelivery): Promise<void> {
    const { id, url, secret, taskId, attempts } = delivery;
    try {
      const body = await this.body(delivery);
      const answer = await this.client.post({ id, url, secret, body, at: this.now() });
      const next = afterAnswer(answer, attempts, this.now(), Math.random());
      await this.store.settle(delivery, answer, next, this.now());
      callbackAttempts.inc({ outcome: next.step });
      const fields = { callback: id, taskId, attempts, status: answer.status, error: answer.error };
      if (next.step === 'failed') this.log.error(fields, 'a callback has failed for good');
      else if (next.step === 'retry') {
        this.log.info({ ...fields, nextAt: next.at.toISOString() }, 'a callback will be tried again');
        this.wake();
      }
    } catch (error) {
      // Its lease ends by itself.
      this.log.warn({ callback: id, taskId, error }, 'a callback could not be prepared or recorded');
    }
  }

  private async body({ taskId, eventType, createdAt }: DueDelivery): Promise<string> {
    const now = this.now();
    const task = await this.read.tasks.get(taskId, now);
    const runs: Run[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.read.runs.list(taskId, { limit: pageSize, cursor }, now);
      runs.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && runs.length < largestRuns);
    return callbackBody(eventType, createdAt.toISOString(), task, runs);
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
