import type { AppError } from '@klevr/contracts/errors';
import type { RunStatus } from '@klevr/contracts/task';
import { FakeClock } from '@klevr/platform/fake-clock';
import { LiveOutput } from './live-output.js';
import { LogFollow, type OutputSource } from './log-follow.js';
import type { OutputChunk, OutputPage } from './stored-output.js';

export const chunk = (seq: number, text: string | Buffer = `${seq}\n`, changes: Partial<OutputChunk> = {}): OutputChunk => ({
  seq,
  attempt: 1,
  step: 's',
  stream: 'stdout',
  atMs: 0,
  cut: false,
  data: Buffer.from(text),
  ...changes,
});

/** A run as the store has it: two pieces a page. */
export class FakeRun implements OutputSource {
  readonly stored: OutputChunk[] = [];
  status: RunStatus = 'running';
  finishedAtMs: number | null = null;
  fault: AppError | undefined;
  asked = 0;

  page(afterSeq: number): Promise<OutputPage> {
    this.asked++;
    if (this.fault !== undefined) return Promise.reject(this.fault);
    const rest = this.stored.filter(({ seq }) => seq > afterSeq);
    const chunks = rest.slice(0, 2);
    return Promise.resolve({
      chunks,
      nextSeq: rest.length > 2 ? (chunks.at(-1)?.seq ?? null) : null,
      finished: this.finishedAtMs !== null,
    });
  }

  state(): Promise<{ status: RunStatus; finishedAtMs: number | null }> {
    return Promise.resolve({ status: this.status, finishedAtMs: this.finishedAtMs });
  }

  write(...seqs: number[]): void {
    this.stored.push(...seqs.map((seq) => chunk(seq)));
  }

  end(status: RunStatus, atMs: number): void {
    this.status = status;
    this.finishedAtMs = atMs;
  }
}

export const settle = async (): Promise<void> => {
  for (let round = 0; round < 5; round++) await new Promise((resolve) => setImmediate(resolve));
};

/** What a client would have been sent so far. */
export function follow(run: FakeRun, changes: { afterSeq?: number; stream?: string; maxBytes?: number } = {}) {
  const clock = new FakeClock(0);
  const live = new LiveOutput(changes.maxBytes ?? 100_000);
  const matches = ({ stream }: OutputChunk): boolean => changes.stream === undefined || stream === changes.stream;
  const follower = new LogFollow({ source: run, live, matches: matches as never, afterSeq: changes.afterSeq ?? 0, quietMs: 1_000, clock });
  const sent: string[] = [];
  const state = { hasEnded: false };
  const chunks = follower.chunks();
  const take = async (count = Infinity): Promise<void> => {
    for (let taken = 0; taken < count; taken++) {
      const { value, done } = (await chunks.next()) as IteratorResult<Buffer, undefined>;
      if (done === true) {
        state.hasEnded = true;
        return;
      }
      sent.push(...value.toString().split('\n\n').filter(Boolean));
    }
  };
  const hear = (one: OutputChunk): void => (live.add(one) ? follower.wake() : follower.look());
  const seqs = (): number[] => sent.filter((block) => block.includes('event: chunk')).map((block) => Number(/^id: (\d+)/.exec(block)?.[1]));
  const data = (): unknown[] => sent.flatMap((block) => /\ndata: (.*)$/.exec(block)?.[1] ?? []).map((text) => JSON.parse(text) as unknown);
  return { follower, clock, sent, state, take, hear, seqs, data };
}
