import { expect } from '@jest/globals';
import { type Run, isTerminal } from '@klevr/contracts/task';
import { eventually } from '../eventually.js';
import type { RunEnds } from './run-ends.fixture.js';
import type { Ended } from './task-load.fixture.js';
import type { Witness } from './witness.fixture.js';

export interface Evidence {
  readonly witness: Witness;
  /** Where the event log could be heard all the while. */
  readonly ends?: RunEnds;
  readonly flush?: () => Promise<void>;
  /** Runs whose agent itself was killed may end without an answer to what they did; all others must succeed. */
  readonly mayBeLost: (run: Run) => boolean;
}

/** Each run has one end and keeps it; the witness saw none twice, and each success once. */
export const expectEachEndedOnce = async (ended: Ended[], { witness, ends, flush, mayBeLost }: Evidence): Promise<void> => {
  const counts = await witness.counts();
  const faults: string[] = [];
  for (const { task, runs } of ended) {
    if (runs.length !== 1) faults.push(`${task.id} has ${runs.length} runs`);
    for (const run of runs) {
      const seen = counts.get(run.id) ?? 0;
      const told = `${run.id} ${run.status} (${run.reason?.code ?? 'no reason'}) of ${run.agentId}, seen ${seen} times`;
      if (!isTerminal(run.status) || run.status !== task.status) faults.push(`${told}: its task is ${task.status}`);
      if (seen > 1) faults.push(`${told}: ran twice`);
      if (run.status === 'succeeded' && seen !== 1) faults.push(`${told}: a success that did not happen`);
      if (run.status !== 'succeeded' && !(mayBeLost(run) && run.status === 'lost' && run.reason !== null))
        faults.push(`${told}: should have succeeded`);
    }
  }
  expect(faults).toEqual([]);
  const known = new Set(ended.flatMap(({ runs }) => runs.map(({ id }) => id)));
  expect([...counts.keys()].filter((id) => !known.has(id))).toEqual([]);
  if (ends === undefined) return;
  for (const { runs } of ended) {
    for (const run of runs) {
      await eventually(`the event of the end of ${run.id}`, 10_000, () => (ends.of(run.id).length > 0 ? true : undefined));
    }
  }
  await flush?.();
  for (const { runs } of ended) for (const { id, status } of runs) expect({ id, ends: ends.of(id) }).toEqual({ id, ends: [status] });
};
