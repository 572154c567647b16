import type { LogOrigin } from './log-query.js';

/** One piece of a run's output, whether it was read from the store or heard live. */
export interface OutputChunk extends LogOrigin {
  readonly seq: number;
  readonly atMs: number | null;
  readonly data: Buffer;
  readonly cut: boolean;
}

/** `nextSeq` is null where there is no more now; `finished` where the run has ended. */
export interface OutputPage {
  readonly chunks: readonly OutputChunk[];
  readonly nextSeq: number | null;
  readonly finished: boolean;
}

export const cutNotice = '[klevr: output was cut here]';
