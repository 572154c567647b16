import type { Task } from '@klevr/contracts/task';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { runsEnded } from '../metrics.js';
import { TaskReaderStore } from '../reading/task-reader.store.js';
import { SweepService } from '../sweep/sweep.service.js';
import { WakeUps } from '../wake-ups.js';
import { CancelStore } from './cancel.store.js';

@Injectable()
export class CancelService {
  constructor(
    private readonly store: CancelStore,
    private readonly tasks: TaskReaderStore,
    private readonly sweep: SweepService,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async cancel(username: string, taskId: string): Promise<Task> {
    const now = new Date(this.clock.nowMs());
    const { zoneId, stored } = await this.store.cancel(taskId, username, now);
    for (const status of stored.ended) runsEnded.inc({ status });
    this.wakeUps.zone(zoneId);
    this.wakeUps.outbox();
    if (stored.callbacksDue) this.wakeUps.callbacks();
    this.sweep.wake();
    return this.tasks.get(taskId, now);
  }
}
