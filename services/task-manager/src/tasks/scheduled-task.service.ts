import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { runsEnded, tasksCreated } from '../metrics.js';
import { SweepService } from '../sweep/sweep.service.js';
import { WakeUps } from '../wake-ups.js';
import { CheckTaskService } from './check-task.service.js';
import { newSecret } from './new-secret.js';
import { newTask } from './new-task.js';
import { ScheduledTasksStore } from './scheduled-tasks.store.js';

type Contract = typeof taskManagerRpc.createScheduledTask;

/**
 * Makes the tasks of schedules.
 * Promises: the same due time gets the same answer for as long as its task (or that it was skipped) is kept; of two tasks of a schedule none begins before the
 * one before has ended, whatever the policy.
 */
@Injectable()
export class ScheduledTaskService {
  constructor(
    private readonly store: ScheduledTasksStore,
    private readonly checks: CheckTaskService,
    private readonly sweep: SweepService,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async create({ actor, task: request, ...fire }: RequestOf<Contract>): Promise<ReplyOf<Contract>> {
    const known = await this.store.find(fire.fireId);
    if (known !== undefined) return known;
    const { place, agentIds } = await this.checks.check(request);
    const now = new Date(this.clock.nowMs());
    const by = { username: actor.username, now, newSecret };
    const made = await this.store.create(fire, (origin) => newTask(request, place, agentIds, by, origin), now);
    if (made.fresh) {
      if (made.answer.outcome === 'created') tasksCreated.inc();
      for (const status of made.stored.ended) runsEnded.inc({ status });
      this.wakeUps.stored(made.stored);
      this.wakeUps.outbox();
      if (made.callbacksDue) this.wakeUps.callbacks();
      this.wakeUps.zone(place.zoneId, 'due');
      // The cancel of the task before goes out at once.
      if (fire.overlap === 'cancelPrevious') this.sweep.wake();
    }
    return made.answer;
  }
}
