import { defaultLogBytes } from '@klevr/contracts/execution';
import type { Clock } from '@klevr/platform/clock';
import type { LogFactBody } from '../journal/log-spool.js';

/**
 * The output of one attempt as log facts.
 * Promises: bytes stay as they are, in pieces of at most 48 KiB, each with its stream, its place in it and its time; small ones are gathered for a moment. When both
 * streams together have written as much as the run may, or when the spool is full because nobody takes anything any more, the output is cut once for both, marked on
 * its last piece; the rest is read and dropped, so that the script goes on at full speed. Until then a script that writes faster than its output goes on is slowed:
 * its pipe is not read. Does not: look into the bytes, or keep the end of what was cut.
 */
export interface StepRef {
  readonly phase: 'step' | 'recovery';
  readonly index: number;
  readonly try: number;
}

export interface LogSink {
  readonly full: boolean;
  add(body: LogFactBody): Promise<void> | undefined;
}

type Stream = 'stdout' | 'stderr';

export const maxChunkBytes = 48 * 1024;
const gatherMs = 40;

export class RunLog {
  private readonly offsets = { stdout: 0, stderr: 0 };
  private readonly waiting: Record<Stream, Buffer[]> = { stdout: [], stderr: [] };
  private readonly waitingBytes = { stdout: 0, stderr: 0 };
  private total = 0;
  private isCut = false;
  private cancelGather: (() => void) | undefined;

  constructor(
    private readonly run: { readonly runId: string; readonly attempt: number },
    private readonly sink: LogSink,
    private readonly clock: Pick<Clock, 'setTimer'>,
    private readonly nowMs: () => number,
    private readonly maxBytes = defaultLogBytes,
  ) {}

  /** What comes now is dropped. */
  get cut(): boolean {
    return this.isCut;
  }

  write(step: StepRef, stream: Stream, bytes: Buffer): Promise<void> | undefined {
    if (this.isCut || bytes.length === 0) return undefined;
    const room = this.maxBytes - this.total;
    const taken = bytes.subarray(0, room);
    this.total += taken.length;
    this.waiting[stream].push(taken);
    this.waitingBytes[stream] += taken.length;
    if (taken.length < bytes.length || this.sink.full) return this.cutHere(step, stream);
    if (this.waitingBytes[stream] >= maxChunkBytes) return this.emit(step, stream, false);
    this.cancelGather ??= this.clock.setTimer(() => this.flush(step), gatherMs);
    return undefined;
  }

  /** Hands on what was gathered; to be called when a step has ended. */
  flush(step: StepRef): void {
    this.cancelGather?.();
    this.cancelGather = undefined;
    for (const stream of ['stdout', 'stderr'] as const) void this.emit(step, stream, false);
  }

  private cutHere(step: StepRef, stream: Stream): Promise<void> | undefined {
    this.flushOther(step, stream);
    this.isCut = true;
    return this.emit(step, stream, true);
  }

  private flushOther(step: StepRef, stream: Stream): void {
    this.cancelGather?.();
    this.cancelGather = undefined;
    void this.emit(step, stream === 'stdout' ? 'stderr' : 'stdout', false);
  }

  private emit(step: StepRef, stream: Stream, cut: boolean): Promise<void> | undefined {
    const bytes = Buffer.concat(this.waiting[stream]);
    this.waiting[stream] = [];
    this.waitingBytes[stream] = 0;
    let wait: Promise<void> | undefined;
    for (let start = 0; start < bytes.length || (cut && start === 0); start += maxChunkBytes) {
      const piece = bytes.subarray(start, start + maxChunkBytes);
      const last = start + maxChunkBytes >= bytes.length;
      wait = this.sink.add({
        kind: 'log',
        ...this.run,
        ...step,
        atMs: this.nowMs(),
        stream,
        offset: this.offsets[stream],
        data: piece.toString('base64'),
        cut: cut && last,
      });
      this.offsets[stream] += piece.length;
    }
    return wait;
  }
}
