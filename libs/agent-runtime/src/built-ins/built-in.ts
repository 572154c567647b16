import type { BuiltInCommandName, ParametersOf, ResultOf } from '@klevr/contracts/commands';
import type { AttemptKey } from '../journal/attempt-ledger.js';

/** What a built-in command is to the run whose step it is. */
export interface CommandContext extends AttemptKey {
  readonly taskName: string;
  /** The step has to end: cancel, time-out, the end of the agent. Whoever takes time listens to it. */
  readonly signal: AbortSignal;
  /** The secrets that the run was given, by the names of their credentials. */
  readonly credentials: ReadonlyMap<string, string>;
  /** Writes to the log of the run, as the output of a script is written: secrets of the run are hidden in it. A text is whole lines. */
  readonly say: (stream: 'stdout' | 'stderr', text: string) => void;
}

/** What runs on this agent, as far as commands may look at it and end it. */
export interface OtherRun {
  readonly command: { readonly runId: string; readonly taskId: string; readonly taskName: string; readonly attempt: number };
  readonly startedAtMs: number;
  /** The name of the step that runs now. */
  readonly step: string | null;
  readonly ended: Promise<void>;
  readonly execution: { stop(cause: 'stoppedByTask', detail: string): void };
}
export interface OtherRuns {
  others(than: AttemptKey): readonly OtherRun[];
}

export interface BuiltIn<N extends BuiltInCommandName> {
  /** It ends in the same turn and leaves nothing that outlives the process, so its beginning is not worth a fact of its own. */
  readonly instant: boolean;
  /** Throws where it does not succeed; the message becomes the step's. */
  readonly run: (parameters: ParametersOf<N>, context: CommandContext) => ResultOf<N> | Promise<ResultOf<N>>;
}

/** A failure that has a result all the same. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  constructor(
    message: string,
    readonly result: unknown,
  ) {
    super(message);
  }
}

/** For work that cannot be told to end: it is left behind when the signal comes. */
export const orAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('was ended'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
