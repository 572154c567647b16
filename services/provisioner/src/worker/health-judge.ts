import type { HealthCheck } from '@klevr/contracts/recipe';
import type { CheckedHealth } from '@klevr/contracts/resource';

/**
 * What a row of answers to one check means. Pure.
 * Promises: one good answer makes it healthy; `retries` bad ones in a row make it unhealthy, but none before the time to start is over, as long as it was never healthy
 * since the apply.
 */
export interface CheckMemory {
  readonly health: CheckedHealth;
  readonly failures: number;
  readonly wasHealthy: boolean;
}

export interface CheckAnswer {
  readonly good: boolean;
  readonly message: string;
}

export const beforeFirst = ({ name }: Pick<HealthCheck, 'name'>, nowMs: number): CheckMemory => ({
  health: { name, state: 'starting', message: '', since: timeOf(nowMs) },
  failures: 0,
  wasHealthy: false,
});

type Limits = Pick<HealthCheck, 'retries' | 'startSeconds'>;

export const after = (
  memory: CheckMemory,
  { good, message }: CheckAnswer,
  check: Limits,
  appliedAtMs: number,
  nowMs: number,
): CheckMemory => {
  const failures = good ? 0 : memory.failures + 1;
  const wasHealthy = memory.wasHealthy || good;
  const starting = !wasHealthy && nowMs < appliedAtMs + check.startSeconds * 1000;
  const { health } = memory;
  const state = good ? 'healthy' : starting ? 'starting' : failures >= check.retries ? 'unhealthy' : health.state;
  const since = state === health.state ? health.since : timeOf(nowMs);
  return { health: { name: health.name, state, message: message.slice(0, 1_000), since }, failures, wasHealthy };
};

const timeOf = (ms: number): string => new Date(ms).toISOString();
