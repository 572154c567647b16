import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { DepartureKind, DepartureRequest, Departs } from './departure-request.js';
import type { Journal } from './journal/journal.js';
import type { Runs } from './run/runs.js';

/**
 * The agent's end that a task has asked for.
 * Promises: the run that asked is stored before the agent leaves, as far as the centre can be reached in time, and is in the journal in any case; nothing new
 * is taken meanwhile; what runs has the time that was given, none with `force`. Only the first one counts. Does not: end the process.
 */
export interface DepartureOptions {
  readonly journal: Pick<Journal, 'stored'>;
  readonly runs: Pick<Runs, 'stopAll' | 'idle'>;
  /** Takes no new work, hands over and says goodbye. */
  readonly leave: () => Promise<void>;
  readonly takeNoMore: () => void;
  /** Ends the agent, and then its process. */
  readonly end: (kind: DepartureKind) => Promise<void>;
  readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs'>;
  readonly log: Log;
}

/** The run that asked may have further steps, and the centre needs a moment. */
const ownRunMs = 5_000;

export class Departure implements Departs {
  private begun = false;

  constructor(private readonly options: DepartureOptions) {}

  begin(request: DepartureRequest): void {
    if (this.begun) return;
    this.begun = true;
    this.depart(request).catch((error: unknown) => this.options.log.error({ error, ...request }, 'the departure failed'));
  }

  private async depart({ kind, waitMs, by }: DepartureRequest): Promise<void> {
    const { journal, runs, leave, takeNoMore, end, clock, log } = this.options;
    log.warn({ kind, waitMs, runId: by.runId }, 'the agent is told to end by a task');
    const untilMs = clock.monotonicMs() + waitMs;
    takeNoMore();
    const othersEnded = kind === 'force' ? runs.stopAll(0, by) : undefined;
    await this.within(Math.max(waitMs, ownRunMs), journal.stored(by));
    // What still runs keeps its agent, but the zone gets its next primary and new work goes elsewhere.
    await leave();
    await (othersEnded ?? this.within(untilMs - clock.monotonicMs(), runs.idle()));
    await end(kind);
  }

  private async within(ms: number, work: Promise<void>): Promise<void> {
    let cancel: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (cancel = this.options.clock.setTimer(resolve, Math.max(0, ms))));
    await Promise.race([work, late]);
    cancel();
  }
}
