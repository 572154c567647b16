import type { HealthCheck } from '@klevr/contracts/recipe';
import type { CheckedHealth } from '@klevr/contracts/resource';
import type { CancelTimer, Clock } from '@klevr/platform/clock';
import { after, beforeFirst, type CheckAnswer, type CheckMemory } from './health-judge.js';

/**
 * The health checks of one resource, each at its own pace.
 * Promises: looks of one check do not overlap; who listens hears when the state of one has changed. Does not: look while it is stopped.
 */
export interface HealthRoundsOptions {
  readonly look: (check: HealthCheck) => Promise<CheckAnswer>;
  readonly onChange: () => void;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly nowMs: () => number;
}

interface Round {
  readonly check: HealthCheck;
  memory: CheckMemory;
  cancel: CancelTimer;
}

export class HealthRounds {
  private rounds: Round[] = [];
  private checksText = '';
  private appliedAtMs = 0;

  constructor(private readonly options: HealthRoundsOptions) {}

  get states(): CheckedHealth[] {
    return this.rounds.map(({ memory }) => memory.health);
  }

  /** Goes on with what it knows where the checks are the same and nothing was applied since. */
  watch(checks: readonly HealthCheck[], appliedAtMs: number): void {
    const text = JSON.stringify(checks);
    if (text === this.checksText && appliedAtMs === this.appliedAtMs) return;
    this.stop();
    this.checksText = text;
    this.appliedAtMs = appliedAtMs;
    const { nowMs } = this.options;
    this.rounds = checks.map((check) => ({ check, memory: beforeFirst(check, nowMs()), cancel: () => undefined }));
    for (const round of this.rounds) void this.look(round);
  }

  stop(): void {
    for (const { cancel } of this.rounds) cancel();
    this.rounds = [];
    this.checksText = '';
  }

  private async look(round: Round): Promise<void> {
    const { look, onChange, clock, nowMs } = this.options;
    const answer = await look(round.check).catch((error: unknown) => ({ good: false, message: String(error) }));
    if (!this.rounds.includes(round)) return;
    const before = round.memory.health.state;
    round.memory = after(round.memory, answer, round.check, this.appliedAtMs, nowMs());
    round.cancel = clock.setTimer(() => void this.look(round), round.check.everySeconds * 1000);
    if (round.memory.health.state !== before) onChange();
  }
}
