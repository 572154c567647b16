import { Injectable } from '@nestjs/common';
import { AppError, errorCodes } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { ClaimsStore } from './claims.store.js';
import { EndsStore } from './ends.store.js';
import type { FireEnd, FireWork } from './fire-work.js';
import { ScheduledTasksClient } from './scheduled-tasks.client.js';

const firstPauseMs = 500;
const longestPauseMs = 5_000;
/** A fault of ours may be gone soon, and may be there for ever. */
const mostTriesOfFaults = 10;

type Outcome = FireEnd | { readonly state: 'later'; readonly reason: string };

/**
 * Makes the tasks of fires. Promises: a fire ends as fired, skipped or failed once the task-manager has said so, and is tried again until then; those of
 * one schedule one after the other. Whoever dies in between leaves the fire to another replica, as its lease ends.
 */
@Injectable()
export class FiresService {
  constructor(
    private readonly claims: ClaimsStore,
    private readonly ends: EndsStore,
    private readonly tasks: ScheduledTasksClient,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** This fire, and the open ones of its schedule after it. Never rejects. */
  async carryOut(first: FireWork): Promise<void> {
    for (let work: FireWork | undefined = first; work !== undefined;) work = await this.carryOutOne(work);
  }

  /** Answers the one after it, in hand. Never rejects. */
  async carryOutOne(work: FireWork): Promise<FireWork | undefined> {
    try {
      return await this.endOrPutOff(work);
    } catch (error) {
      // Its lease ends soon; then it is taken up again, here or elsewhere.
      this.log.warn({ error, scheduleId: work.scheduleId }, 'a fire could not be written down, it is tried again');
      return undefined;
    }
  }

  private async endOrPutOff(work: FireWork): Promise<FireWork | undefined> {
    const outcome = await this.attempt(work);
    const nowMs = this.clock.nowMs();
    if (outcome.state !== 'later') return this.ends.finish({ work, end: outcome, at: new Date(nowMs) });
    const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(work.tries, 10), longestPauseMs) * (0.75 + Math.random() / 2);
    await this.claims.putOff(work, outcome.reason, new Date(nowMs + pauseMs));
    return undefined;
  }

  private async attempt(work: FireWork): Promise<Outcome> {
    try {
      const { outcome, taskId, reason } = await this.tasks.create(work);
      if (outcome === 'created' && taskId !== null) return { state: 'fired', taskId };
      return { state: 'skipped', taskId, reason: reason ?? 'the task before was still open' };
    } catch (error) {
      const known = error instanceof AppError ? error : new AppError('INTERNAL', 'The task could not be made', { cause: error });
      if (errorCodes[known.code].retryable) return { state: 'later', reason: `${known.message}; it is tried again` };
      if (known.code !== 'INTERNAL') return { state: 'failed', taskId: null, reason: sentenceOf(known) };
      this.log.error({ error, fireId: work.fireId, tries: work.tries }, 'the task of a fire could not be made');
      if (work.tries < mostTriesOfFaults) return { state: 'later', reason: 'a fault of ours; it is tried again' };
      return { state: 'failed', taskId: null, reason: 'a fault of ours' };
    }
  }
}

const sentenceOf = ({ code, message, errors = [] }: AppError): string => {
  const faults = errors.map(({ path, message: fault }) => `${path}: ${fault}`).join('; ');
  return `${code}: ${message}${faults === '' ? '' : ` (${faults})`}`;
};
