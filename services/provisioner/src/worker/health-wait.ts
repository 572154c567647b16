import type { HealthCheck } from '@klevr/contracts/recipe';
import type { CheckedHealth } from '@klevr/contracts/resource';
import type { Clock } from '@klevr/platform/clock';
import { after, beforeFirst, type CheckAnswer } from './health-judge.js';

/** An apply has not succeeded before what it made works: waits until every check was good once, or its time to start is over and it is unhealthy. */
export interface HealthWait {
  readonly look: (check: HealthCheck) => Promise<CheckAnswer>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** While something starts it is looked at more often than later on. */
const startingEveryMs = 1_000;

export const startedUp = (checks: readonly HealthCheck[], wait: HealthWait): Promise<CheckedHealth[]> =>
  Promise.all(checks.map((check) => once(check, wait)));

const once = async (check: HealthCheck, { look, clock, nowMs, signal }: HealthWait): Promise<CheckedHealth> => {
  const appliedAtMs = nowMs();
  for (let memory = beforeFirst(check, appliedAtMs); ;) {
    signal.throwIfAborted();
    memory = after(memory, await look(check), check, appliedAtMs, nowMs());
    const { state } = memory.health;
    if (state === 'healthy' || state === 'unhealthy') return memory.health;
    await pause(Math.min(startingEveryMs, check.everySeconds * 1000), clock, signal);
  }
};

const pause = (ms: number, clock: Pick<Clock, 'setTimer'>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => (cancel(), signal.removeEventListener('abort', end), resolve());
    const cancel = clock.setTimer(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
