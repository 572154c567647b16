import { Injectable } from '@nestjs/common';
import type { ReplyOf } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { TaskTemplate } from '@klevr/contracts/schedule';
import type { CreateTask } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { SecretLocked } from '@klevr/platform/secret-box';
import { ScheduleSecrets } from './callback-secrets.js';
import type { FireWork } from './fire-work.js';

const checkMs = 5_000;
/** Well within the lease of a fire. */
const createMs = 3_000;

/** What schedules ask the task-manager for. */
@Injectable()
export class ScheduledTasksClient {
  constructor(
    private readonly bus: Bus,
    private readonly secrets: ScheduleSecrets,
  ) {}

  /** Throws BAD_REQUEST with all faults, NOT_FOUND, or UNAVAILABLE. */
  check(task: CreateTask): Promise<ReplyOf<typeof taskManagerRpc.checkTask>> {
    return call(this.bus, taskManagerRpc.checkTask, { task }, { timeoutMs: checkMs });
  }

  /** Any number of times for one fire: the task is made once. The zone is told by its id, as another one may have its name by now. */
  create({
    actor,
    task,
    zoneId,
    scheduleId,
    fireId,
    overlap,
    feedResult,
  }: FireWork): Promise<ReplyOf<typeof taskManagerRpc.createScheduledTask>> {
    const request = { actor, task: { ...this.opened(scheduleId, task), zone: zoneId }, scheduleId, fireId, overlap, feedResult };
    return call(this.bus, taskManagerRpc.createScheduledTask, request, { timeoutMs: createMs });
  }

  /** One whose master key is missing here may be made by another replica, or after the next start. */
  private opened(scheduleId: string, task: TaskTemplate): TaskTemplate {
    try {
      return this.secrets.opened(scheduleId, task);
    } catch (cause) {
      if (!(cause instanceof SecretLocked)) throw cause;
      throw new AppError('UNAVAILABLE', `A callback's secret cannot be opened: ${cause.message}`, { cause });
    }
  }
}
