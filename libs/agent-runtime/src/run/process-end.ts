import type { Clock } from '@klevr/platform/clock';
import { signalProcess } from './process-group.js';
import { processSearch, type SeenProcess } from './process-search.js';

/**
 * Ends processes that are no children of the agent.
 * Promises: each that is found gets SIGTERM once, and SIGKILL when the grace is over; looks go on until one finds nothing, so what forks meanwhile is found as
 * well. Does not: wait for longer than the grace and `killMs` together; a process that the kernel cannot end (in an uninterruptible wait) is left then.
 */
export interface EndOptions {
  readonly matches: (seen: SeenProcess) => boolean;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** 0: SIGKILL at once. */
  readonly graceMs: number;
  /** Which of them have had their SIGTERM already. */
  readonly told?: (seen: SeenProcess) => boolean;
}

const killMs = 5_000;
/** Nothing tells when the processes of others end, so they are looked for: soon at first, then less often. */
const lookAfterMs = { first: 5, longest: 160 };

export const endProcesses = async ({ matches, clock, graceMs, told: toldBefore }: EndOptions): Promise<void> => {
  const told = new Set<number>();
  const asked = (seen: SeenProcess): boolean => {
    if (toldBefore?.(seen) === true) told.add(seen.pid);
    return true;
  };
  let over: 'grace' | 'kill' | 'given up' = graceMs > 0 ? 'grace' : 'kill';
  let wake: () => void = () => undefined;
  let cancel: () => void = () => undefined;
  const kill = (): void => {
    over = 'kill';
    cancel = clock.setTimer(() => (over = 'given up'), killMs);
    wake();
  };
  if (over === 'kill') kill();
  else cancel = clock.setTimer(kill, graceMs);
  for (let waitMs = lookAfterMs.first; ; waitMs = Math.min(2 * waitMs, lookAfterMs.longest)) {
    const found = await processSearch.find((seen) => matches(seen) && asked(seen));
    if (found.length === 0 || isOver(over)) break;
    for (const pid of found) {
      if (over === 'kill') signalProcess(pid, 'SIGKILL');
      else if (!told.has(pid)) signalProcess(pid, 'SIGTERM');
      told.add(pid);
    }
    await new Promise<void>((resolve) => {
      const stop = clock.setTimer(resolve, waitMs);
      wake = () => (stop(), resolve());
    });
  }
  cancel();
};

/** Apart, because the compiler does not know that a timer changes it. */
const isOver = (over: 'grace' | 'kill' | 'given up'): boolean => over === 'given up';
