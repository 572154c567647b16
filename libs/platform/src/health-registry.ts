import type { Clock } from './clock.js';
import type { Log } from './log.js';

/** Passes by returning true or nothing; fails by returning false, throwing, or not answering within the registry's limit. */
export type HealthCheck = () => Promise<boolean | void> | boolean;

export interface Readiness {
  readonly ready: boolean;
  /** Names of the checks that fail; the reasons are in the log, since this answer may be public. */
  readonly failing: string[];
}

const CHECK_TIMEOUT_MS = 1_000;

/** The checks that say whether this process can do its work now. A change of any check's result is logged once, with its reason. */
export class HealthRegistry {
  private readonly checks = new Map<string, HealthCheck>();
  private readonly failing = new Set<string>();
  private stopping = false;

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  register(name: string, check: HealthCheck): void {
    if (this.checks.has(name)) throw new Error(`a health check named ${name} is registered already`);
    this.checks.set(name, check);
  }

  /** From now on not ready, so that load balancers turn away while open requests end. */
  markStopping(): void {
    this.stopping = true;
  }

  async readiness(): Promise<Readiness> {
    if (this.stopping) return { ready: false, failing: ['stopping'] };
    await Promise.all([...this.checks].map(([name, check]) => this.judge(name, check)));
    return { ready: this.failing.size === 0, failing: [...this.failing].sort() };
  }

  private async judge(name: string, check: HealthCheck): Promise<void> {
    const reason = await this.failureOf(check);
    if (reason === undefined) {
      if (this.failing.delete(name)) this.log.info({ check: name }, 'health check passes again');
    } else if (!this.failing.has(name)) {
      this.failing.add(name);
      this.log.warn({ check: name, error: reason }, 'health check fails');
    }
  }

  private async failureOf(check: HealthCheck): Promise<unknown> {
    let cancel = (): void => undefined;
    const limit = new Promise<unknown>((resolve) => {
      cancel = this.clock.setTimer(() => resolve(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
    });
    const answer = (async () => ((await check()) === false ? new Error('the check says no') : undefined))().catch(
      (error: unknown) => error ?? new Error('failed'),
    );
    const reason = await Promise.race([answer, limit]);
    cancel();
    return reason;
  }
}
