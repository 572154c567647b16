import { AppError } from '@klevr/contracts/errors';
import { maxFactBatchBytes, type FactBatch, type FactBatchReply, type factLanes } from '@klevr/contracts/fact';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { SpooledFact } from '../journal/fact-spool.js';

/**
 * Brings the facts of one lane to the centre.
 * Promises: facts go in the order of their numbers, one batch at a time, again and again until each was answered `stored`, `duplicate` or `refused`; a
 * refused one is set aside and stops nothing. Does not: decide whether the connection is there; `wake` says that it may be.
 */
export interface FactSource {
  readonly facts: {
    next(maxFacts: number, maxBytes: number): SpooledFact[];
    readonly count: number;
    readonly hasUnwritten: boolean;
  };
  settle(throughSeq: number): void;
  lastWrite(): Promise<void>;
}

export interface FactSenderOptions {
  /** Of the facts' numbers; looked at for each batch. */
  readonly journalId: () => string;
  readonly lane: (typeof factLanes)[number];
  readonly source: FactSource;
  readonly send: (batch: FactBatch) => Promise<FactBatchReply>;
  /** Where a refused fact is kept for people to look at. */
  readonly setAside: (fact: object, detail: string) => Promise<void>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
  /** A lane whose facts go first. */
  readonly after?: FactSender;
}

const maxFacts = 2000;
/** Room for the batch's own fields. */
const maxBytes = maxFactBatchBytes - 512;
const soonMs = 25;
const backOffMs = { first: 100, longest: 5_000 };

export class FactSender {
  private running: Promise<void> | undefined;
  private wokenAgain = false;
  private stopped = false;
  private shut = false;
  private cancelSoon: (() => void) | undefined;
  private failures = 0;
  private limit = maxFacts;
  private endPause: () => void = () => undefined;
  private idle: (() => void)[] = [];

  constructor(private readonly options: FactSenderOptions) {}

  /** True while facts are on disk that have not been answered, and sending them is not failing. */
  get pressing(): boolean {
    return this.failures === 0 && this.options.source.facts.next(1, maxBytes).length > 0;
  }

  /** Nothing is sent until it is opened, but for a batch that is under way. */
  setShut(shut: boolean): void {
    if (shut === this.shut) return;
    this.shut = shut;
    if (!shut) this.reconnected();
  }

  /** There may be something to send. */
  wake(): void {
    this.cancelSoon?.();
    this.cancelSoon = undefined;
    if (this.shut) return;
    this.wokenAgain = true;
    this.running ??= this.run();
  }

  /** As `wake`, but what comes in the next moment goes in the same batch. */
  wakeSoon(): void {
    if (!this.shut && !this.stopped) this.cancelSoon ??= this.options.clock.setTimer(() => this.wake(), soonMs);
  }

  /** The connection is back: no back-off any more. */
  reconnected(): void {
    this.failures = 0;
    this.endPause();
    this.wake();
  }

  /** Resolves when everything was answered, or after the time. */
  async drained(timeoutMs: number): Promise<boolean> {
    if (this.options.source.facts.count === 0) return true;
    if (this.shut) return false;
    this.wake();
    await new Promise<void>((resolve) => {
      const cancel = this.options.clock.setTimer(resolve, timeoutMs);
      this.idle.push(() => (cancel(), resolve()));
    });
    return this.options.source.facts.count === 0;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelSoon?.();
    this.endPause();
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.wokenAgain && !this.stopped && !this.shut) {
      this.wokenAgain = false;
      // What follows in the same turn and what is being written now shall go in the same batch; one write is waited for, not more.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.options.source.facts.hasUnwritten) await this.options.source.lastWrite();
      await this.sendAll();
    }
    this.running = undefined;
    if (this.options.source.facts.count === 0) for (const done of this.idle.splice(0)) done();
  }

  private async sendAll(): Promise<void> {
    const { source, after } = this.options;
    while (!this.stopped && !this.shut) {
      if (after?.pressing === true) await after.running;
      const facts = source.facts.next(this.limit, maxBytes);
      if (facts.length === 0) return;
      if (await this.sendBatch(facts)) this.failures = 0;
      else await this.pause();
    }
  }

  private async sendBatch(facts: readonly SpooledFact[]): Promise<boolean> {
    const { journalId, lane, send, log } = this.options;
    try {
      const { results } = await send({ journalId: journalId(), lane, facts: facts.map(({ fact }) => ({ ...fact })) });
      this.limit = maxFacts;
      return await this.settle(facts, results);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'BAD_REQUEST') {
        log[this.failures === 0 ? 'warn' : 'debug']({ lane, error }, 'facts not answered');
        return false;
      }
      // Something in the batch cannot even be read over there: halved until it stands alone.
      log.error({ lane, count: facts.length, error }, 'batch of facts refused');
      if (facts.length > 1) this.limit = Math.floor(facts.length / 2);
      else await this.settle(facts, [{ seq: facts[0]?.seq ?? 0, result: 'refused', detail: error.message }]);
      return true;
    }
  }

  /** Drops what was answered, up to the first fact that was not. */
  private async settle(facts: readonly SpooledFact[], results: FactBatchReply['results']): Promise<boolean> {
    const answers = new Map(results.map((result) => [result.seq, result]));
    let through: number | undefined;
    for (const { seq, fact } of facts) {
      const answer = answers.get(seq);
      if (answer === undefined) break;
      if (answer.result === 'refused') await this.refused(fact, answer.detail ?? '');
      through = seq;
    }
    if (through === undefined) return false;
    this.options.source.settle(through);
    return true;
  }

  private async refused(fact: { readonly seq: number }, detail: string): Promise<void> {
    const { log, setAside, lane } = this.options;
    log.error({ lane, seq: fact.seq, detail }, 'fact refused by the centre and set aside');
    await setAside(fact, detail).catch((error: unknown) => log.error({ error }, 'refused fact could not be set aside'));
  }

  private async pause(): Promise<void> {
    const delayMs = Math.min(backOffMs.first * 2 ** this.failures, backOffMs.longest) * (0.8 + Math.random() * 0.4);
    this.failures = Math.min(this.failures + 1, 10);
    await new Promise<void>((resolve) => {
      const cancel = this.options.clock.setTimer(resolve, delayMs);
      this.endPause = () => (cancel(), resolve());
    });
  }
}
