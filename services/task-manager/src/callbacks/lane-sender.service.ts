import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { callbackAttempts } from '../metrics.js';
import type { Body } from './bodies.service.js';
import type { DueDelivery, LeasedLane } from './lanes.store.js';
import { afterAnswer, type Answer } from './retry-schedule.js';
import type { Tried } from './settle.store.js';
import { WebhookClient } from './webhook.client.js';

/** After this nothing more is begun of a lane: what has begun is then over and recorded while the lane is still ours. */
const longestMs = 20_000;

/** What somebody wants to know of each try, and whether to go on. */
export type Heard = (answered: boolean, durationMs: number) => void;

/**
 * Sends the messages of one lane, one after the other, up to the first that must be tried again.
 * Promises: one that has failed for good does not hold up those after it. Does not: record what came of them, nor say anything of what was cut.
 */
@Injectable()
export class LaneSender {
  private cut = false;

  constructor(
    private readonly client: WebhookClient,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async send(lane: LeasedLane, bodies: ReadonlyMap<string, Body>, heard: Heard): Promise<Tried[]> {
    const tried: Tried[] = [];
    const begunMs = this.clock.monotonicMs();
    for (const delivery of lane.due) {
      const body = bodies.get(delivery.id);
      if (body === undefined || this.clock.monotonicMs() - begunMs > longestMs) break;
      const one = await this.try(delivery, body, heard);
      // We ended it ourselves, and it says nothing of its receiver.
      if (this.cut) break;
      this.say(one);
      tried.push(one);
      if (one.next.step === 'retry') break;
    }
    return tried;
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.cut = true;
    await this.client.close();
  }

  private async try(delivery: DueDelivery, body: Body, heard: Heard): Promise<Tried> {
    const [at, startedMs] = [this.now(), this.clock.monotonicMs()];
    const answer = await this.answer(delivery, body, at);
    const durationMs = Math.round(this.clock.monotonicMs() - startedMs);
    heard(answer.status !== null || answer.hopeless, durationMs);
    const progress = { attempts: delivery.attempts - delivery.firstAttempt + 1, firstTryAt: delivery.firstTryAt ?? at };
    const { status, error } = answer;
    const tried = { at: at.toISOString(), status, error, durationMs };
    return { delivery, tried, next: afterAnswer(answer, progress, this.now(), Math.random()) };
  }

  private answer({ id, url, secret }: DueDelivery, body: Body, at: Date): Promise<Answer> {
    const hopeless = (error: string): Promise<Answer> => Promise.resolve({ status: null, retryAfter: null, error, hopeless: true });
    if ('error' in body) return hopeless(body.error);
    if (url === null || secret === null) return hopeless('its webhook is not enabled, or gone');
    return this.client.post({ id, url, secret, body: body.text, at });
  }

  private say({ delivery, tried, next }: Tried): void {
    callbackAttempts.inc({ outcome: next.step });
    const fields = {
      callback: delivery.id,
      taskId: delivery.taskId,
      attempts: delivery.attempts + 1,
      status: tried.status,
      error: tried.error,
    };
    if (next.step === 'failed') this.log.error(fields, 'a callback has failed for good');
    if (next.step === 'retry') this.log.info({ ...fields, nextAt: next.at.toISOString() }, 'a callback will be tried again');
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
