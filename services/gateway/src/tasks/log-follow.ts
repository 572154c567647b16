import { isUtf8 } from 'node:buffer';
import { AppError } from '@klevr/contracts/errors';
import { type RunStatus, isTerminal } from '@klevr/contracts/task';
import type { CancelTimer, Clock } from '@klevr/platform/clock';
import { type EndReason, type ServedStream, endings, nothing, opening } from '../events/served-stream.js';
import { frameOf } from '../events/stored-event.js';
import type { LiveOutput } from './live-output.js';
import type { LogFilter } from './log-query.js';
import type { OutputChunk, OutputPage } from './stored-output.js';

/** Where the output of one run comes from: what is stored, and how the run stands. */
export interface OutputSource {
  page(afterSeq: number): Promise<OutputPage>;
  /** When it ended, where it has. */
  state(): Promise<{ status: RunStatus; finishedAtMs: number | null }>;
}

export interface FollowOptions {
  readonly source: OutputSource;
  readonly live: LiveOutput;
  readonly matches: LogFilter;
  readonly afterSeq: number;
  readonly quietMs: number;
  readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>;
}

const finished = 'The run has ended, and this is all of its output';
const removed = 'The run is no longer kept';
const RETRY_MS = 1_000;

/**
 * What one follower of a run's output is sent, made when it has room for it.
 *
 * Promises: every stored piece behind its place that the filter lets through, once and in order, and the end once the run has ended and nothing more
 * came for a while. What is heard live only makes it quick: whatever is lost there, or comes out of order, is read from the store.
 * A follower that does not take holds no more here than what is heard live, which is bounded.
 */
export class LogFollow implements ServedStream {
  private seq: number;
  private isBehind = true;
  private ending: EndReason | 'finished' | 'removed' | undefined;
  private status: RunStatus | undefined;
  private isHeartbeatDue = false;
  private isAwake = false;
  private resume: () => void = () => undefined;
  /** Of the wait for output that comes behind the end, or for a service that is away. */
  private cancelTimer: CancelTimer | undefined;
  private isQuiet = false;
  private hasCaughtUp = false;
  private hasCome = false;

  constructor(private readonly options: FollowOptions) {
    this.seq = options.afterSeq;
  }

  /** There may be something that was not heard live: more output, or the end. */
  look(): void {
    this.isBehind = true;
    this.wake();
  }

  wake(): void {
    this.isAwake = true;
    this.resume();
  }

  /** Also the safety net for what nobody told: a lost last piece, a lost end. */
  heartbeat(): void {
    this.isHeartbeatDue = true;
    this.look();
  }

  end(reason: EndReason): void {
    this.ending ??= reason;
    this.wake();
  }

  async *chunks(): AsyncGenerator<Buffer> {
    try {
      yield Buffer.concat([opening, this.whereabouts()]);
      while (this.ending === undefined) {
        yield* this.step();
        if (this.isHeartbeatDue && this.ending === undefined) {
          this.isHeartbeatDue = false;
          yield Buffer.concat([Buffer.from(': heartbeat\n'), this.whereabouts()]);
        }
      }
      yield this.lastFrame();
    } finally {
      this.cancelTimer?.();
    }
  }

  private async *step(): AsyncGenerator<Buffer> {
    const heard = this.isBehind ? undefined : this.options.live.after(this.seq);
    if (this.isBehind) yield* this.readOn();
    else if (heard === undefined) await this.idle();
    // Its forerunners were lost or are still to be heard: they are stored, as it is.
    else if (heard.seq > this.seq + 1) yield* this.readOn(heard);
    else yield* this.tell([heard]);
  }

  /** What is stored; and where even that has a hole, this piece behind it. */
  private async *readOn(heard?: OutputChunk): AsyncGenerator<Buffer> {
    this.isBehind = false;
    let page: OutputPage;
    try {
      page = await this.options.source.page(this.seq);
      if (page.finished) this.status = await this.checkEnd();
    } catch (error) {
      await this.failed(error);
      return;
    }
    const seqBefore = this.seq;
    yield* this.tell(page.chunks);
    if (heard !== undefined && this.seq === seqBefore) yield* this.tell([heard]);
    if (page.nextSeq !== null && this.seq > seqBefore) this.isBehind = true;
    else {
      if (this.status !== undefined) this.close();
      this.hasCaughtUp = true;
    }
  }

  private *tell(chunks: readonly OutputChunk[]): Generator<Buffer> {
    for (const chunk of chunks) {
      this.seq = chunk.seq;
      this.hasCome ||= this.hasCaughtUp;
      if (this.options.matches(chunk)) yield frameOf({ id: chunk.seq, event: 'chunk', data: told(chunk) });
      if (this.ending !== undefined) return;
    }
  }

  private async checkEnd(): Promise<RunStatus | undefined> {
    if (this.status !== undefined) return this.status;
    const { status, finishedAtMs } = await this.options.source.state();
    if (!isTerminal(status)) return undefined;
    this.isQuiet = finishedAtMs !== null && this.options.clock.nowMs() - finishedAtMs > this.options.quietMs;
    return status;
  }

  /** The run has ended; its output may come a moment later, so the end is told when nothing did. */
  private close(): void {
    const { hasCome } = this;
    this.hasCome = false;
    if (this.isQuiet && !hasCome) this.ending ??= 'finished';
    else this.later(this.options.quietMs, () => (this.isQuiet = true));
  }

  private async failed(error: unknown): Promise<void> {
    if (error instanceof AppError && error.code === 'NOT_FOUND') this.ending ??= 'removed';
    else this.later(RETRY_MS, () => undefined);
    await this.idle();
  }

  private later(delayMs: number, then: () => void): void {
    this.cancelTimer?.();
    this.cancelTimer = this.options.clock.setTimer(() => {
      then();
      this.look();
    }, delayMs);
  }

  private lastFrame(): Buffer {
    const { ending = 'gone', status } = this;
    if (ending === 'gone') return nothing;
    if (ending === 'finished') return frameOf({ event: 'end', data: { reason: ending, detail: finished, status } });
    return frameOf({ event: 'end', data: { reason: ending, detail: ending === 'removed' ? removed : endings[ending] } });
  }

  private whereabouts(): Buffer {
    return frameOf({ id: this.seq });
  }

  private async idle(): Promise<void> {
    if (!this.isAwake && this.ending === undefined) await new Promise<void>((resolve) => (this.resume = resolve));
    this.isAwake = false;
  }
}

/** Text as text, where the piece is UTF-8 by itself; anything else, also half a character, in base64. */
const told = ({ seq, attempt, step, stream, atMs, data, cut }: OutputChunk): object => ({
  seq,
  attempt,
  step,
  stream,
  at: atMs === null ? null : new Date(atMs).toISOString(),
  ...(isUtf8(data) ? { text: data.toString('utf8') } : { base64: data.toString('base64') }),
  cut,
});
