import { AppError } from '@klevr/contracts/errors';
import type { TaskTarget } from '@klevr/contracts/target';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { SchedulerClient } from '../hosts/scheduler.client.js';
import { hold, makeDue, type LoadedRun, type RunRow } from '../runs/run-row.js';
import { ClaimStore } from './claim.store.js';
import { TargetStore } from './target.store.js';

const askAtOnce = 16;
const tryAgainMs = 1_000;

type Answer = { readonly agentId: string } | { readonly code: 'NO_AGENT_MATCHES' | 'SCHEDULER_AWAY'; readonly message: string };

/** Gives runs with the target `any` their agent, just before they are sent: each is the scheduler's choice. */
@Injectable()
export class BindingService {
  constructor(
    private readonly scheduler: SchedulerClient,
    private readonly targets: TargetStore,
    private readonly claims: ClaimStore,
    private readonly clock: Clock,
  ) {}

  /** `avoid`: agents without room. Where no other would do, a run waits in the line of one of them. */
  async bind(zoneId: string, runs: readonly RunRow[], avoid: readonly string[]): Promise<void> {
    const targets = await this.targets.load(runs.map((run) => run.taskId));
    for (let start = 0; start < runs.length; start += askAtOnce) {
      const part = runs.slice(start, start + askAtOnce);
      const answers = await Promise.all(part.map((run) => this.ask(zoneId, targets.get(run.taskId), avoid)));
      const answerOf = new Map(part.map((run, index) => [run.id, answers[index]]));
      const now = new Date(this.clock.nowMs());
      const ids = part.map((run) => run.id);
      await this.claims.bind(zoneId, (run) => settle(run, answerOf.get(run.row.id), now), ids, now);
    }
  }

  private async ask(zoneId: string, target: TaskTarget | undefined, avoid: readonly string[]): Promise<Answer> {
    if (target === undefined || 'worker' in target) return { code: 'NO_AGENT_MATCHES', message: 'the task is gone' };
    try {
      const { agents } = await this.scheduler.resolveTarget(zoneId, target, avoid);
      const [first] = agents;
      return first ?? { code: 'NO_AGENT_MATCHES', message: 'no agent of the zone matches now' };
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAVAILABLE') return { code: 'SCHEDULER_AWAY', message: error.message };
      const message = error instanceof AppError ? error.message : 'the scheduler cannot say which agent matches';
      return { code: 'NO_AGENT_MATCHES', message };
    }
  }
}

const settle = (run: LoadedRun, answer: Answer | undefined, now: Date): void => {
  if (answer === undefined) return;
  if ('agentId' in answer) {
    run.row.agentId = answer.agentId;
    makeDue(run);
    return;
  }
  // A host that comes or changes wakes it; a scheduler that is back says nothing, so that is tried again.
  const again = answer.code === 'SCHEDULER_AWAY' ? new Date(now.getTime() + tryAgainMs) : null;
  hold(run, { ...answer, since: now }, again);
};
