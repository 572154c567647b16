import type { TaskTarget } from '@klevr/contracts/target';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { hold, makeDue, type LoadedRun, type RunRow } from '../runs/run-row.js';
import { WakeUps } from '../wake-ups.js';
import { ClaimStore } from './claim.store.js';
import { TargetStore } from './target.store.js';
import { WorkerChoiceService, type WorkerChoice } from './worker-choice.service.js';

const askAtOnce = 16;
/** Safety net: the hello of a worker tells, also where this process ended while it asked. */
const askAgainMs = 15_000;
/** Those who answered and cannot have it may just be coming or going. */
const askSoonMs = 2_000;

/**
 * Gives runs that are for a worker theirs.
 * Promises: a worker that comes while others are asked is not missed, as the run waits for it already; the zone's other runs wait for no answer.
 */
@Injectable()
export class WorkerBindingService {
  constructor(
    private readonly targets: TargetStore,
    private readonly choice: WorkerChoiceService,
    private readonly claims: ClaimStore,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  /** Before they are asked for. Answers those that nobody else asks for already. */
  async hold(zoneId: string, runs: readonly RunRow[]): Promise<RunRow[]> {
    const now = new Date(this.clock.nowMs());
    const wait = { code: 'NO_WORKER' as const, message: 'the workers of the zone are asked who takes it', since: now };
    const held = new Set<string>();
    const decide = (run: LoadedRun): void => {
      // Undone where the transaction is tried again.
      held.delete(run.row.id);
      if (!run.row.due) return;
      held.add(run.row.id);
      hold(run, wait, new Date(now.getTime() + askAgainMs));
    };
    const ids = runs.map(({ id }) => id);
    await this.claims.bind(zoneId, decide, ids, now);
    return runs.filter(({ id }) => held.has(id));
  }

  /** `full`: workers without room. */
  async ask(zoneId: string, runs: readonly RunRow[], full: readonly string[]): Promise<void> {
    const targets = await this.targets.load(runs.map(({ taskId }) => taskId));
    const avoid = new Set(full);
    for (let start = 0; start < runs.length; start += askAtOnce) {
      const part = runs.slice(start, start + askAtOnce);
      const choices = await Promise.all(part.map((run) => this.choose(zoneId, run, targets.get(run.taskId), avoid)));
      const choiceOf = new Map(part.map(({ id }, index) => [id, choices[index]]));
      const now = new Date(this.clock.nowMs());
      await this.claims.bind(zoneId, (run) => settle(run, choiceOf.get(run.row.id), now), [...choiceOf.keys()], now);
      this.wakeUps.zone(zoneId, 'due');
    }
  }

  private async choose(
    zoneId: string,
    { id: runId }: RunRow,
    target: TaskTarget | undefined,
    full: ReadonlySet<string>,
  ): Promise<WorkerChoice> {
    if (target === undefined || !('worker' in target)) return { message: 'the task is gone', soon: false };
    return this.choice.choose(zoneId, { runId, ...target.worker }, full);
  }
}

/** What was woken meanwhile stays due. */
const settle = (run: LoadedRun, choice: WorkerChoice | undefined, now: Date): void => {
  if (choice === undefined) return;
  if ('agentId' in choice) {
    run.row.agentId = choice.agentId;
    makeDue(run);
  } else if (!run.row.due) {
    const again = new Date(now.getTime() + (choice.soon ? askSoonMs : askAgainMs));
    hold(run, { code: 'NO_WORKER', message: choice.message, since: now }, again);
  }
};
