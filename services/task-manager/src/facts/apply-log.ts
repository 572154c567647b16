import type { LogFact } from '@klevr/contracts/fact';
import type { LoadedRun } from '../runs/run-row.js';

export interface StoredChunk {
  readonly runId: string;
  readonly seq: number;
  readonly attempt: number;
  readonly phase: 'step' | 'recovery';
  readonly index: number;
  readonly try: number;
  readonly stream: 'stdout' | 'stderr';
  readonly offset: number;
  readonly data: Buffer;
  readonly atMs: number;
  readonly cut: boolean;
}

/** The piece as it is to be stored, numbered within its run; undefined where the run has no room left. Pure: counts in the run in memory. */
export const applyLog = (run: LoadedRun, fact: LogFact): StoredChunk | undefined => {
  const { row } = run;
  const room = row.maxLogBytes - row.logBytes;
  if (room <= 0) return undefined;
  const whole = Buffer.from(fact.data, 'base64');
  const data = whole.subarray(0, room);
  row.logBytes += data.length;
  row.logCount += 1;
  run.changed = true;
  const { attempt, phase, index, stream, offset } = fact;
  const cut = fact.cut || data.length < whole.length;
  row.logCut ||= cut;
  return {
    runId: row.id,
    seq: row.logCount,
    attempt,
    phase,
    index,
    try: Math.min(fact.try, 1_000_000),
    stream,
    offset,
    data,
    atMs: fact.atMs,
    cut,
  };
};
