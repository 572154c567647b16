import type { Run, Task } from '@klevr/contracts/task';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { runsEnded } from '../metrics.js';
import { ReadingService } from '../reading/reading.service.js';
import { SweepService } from '../sweep/sweep.service.js';
import { WakeUps } from '../wake-ups.js';
import { CancelStore, type Canceled } from './cancel.store.js';

@Injectable()
export class CancelService {
  constructor(
    private readonly store: CancelStore,
    private readonly reading: ReadingService,
    private readonly sweep: SweepService,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async cancel(username: string, taskId: string): Promise<Task> {
    this.settle(await this.store.cancel(taskId, username, this.now()));
    return this.reading.getTask(taskId);
  }

  async cancelRun(username: string, runId: string): Promise<Run> {
    this.settle(await this.store.cancelRun(runId, username, this.now()));
    return this.reading.getRun(runId);
  }

  private settle({ zoneId, stored }: Canceled): void {
    for (const status of stored.ended) runsEnded.inc({ status });
    this.wakeUps.zone(zoneId);
    this.wakeUps.stored(stored);
    this.sweep.wake();
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
