import type { Event } from '@klevr/contracts/event';
import { terminalStatuses } from '@klevr/contracts/task';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { WakeUps } from '../wake-ups.js';
import { loseSightOf } from './life.js';
import { RemovalStore } from './removal.store.js';
import { SweepStore } from './sweep.store.js';
import { TasksService } from './tasks.service.js';

const TaskEnded = z.object({
  status: z.enum(terminalStatuses),
  reason: z.object({ code: z.string(), message: z.string() }).nullable().optional(),
});

const gone: Partial<Record<Event['type'], string>> = {
  'host.lost': 'is lost',
  'host.left': 'has left',
  'host.removed': 'was removed',
};

/** What is heard of tasks, workers and zones. Handling an event twice does what handling it once does. */
@Injectable()
export class HostEventsService {
  constructor(
    private readonly tasks: TasksService,
    private readonly sweep: SweepStore,
    private readonly removal: RemovalStore,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async taskEvent({ type, subjectId, data }: Event): Promise<void> {
    if (type !== 'task.status') return;
    const { data: told } = TaskEnded.safeParse(data);
    if (told !== undefined) await this.tasks.taskEnded(subjectId, { status: told.status, reason: told.reason ?? null });
  }

  async hostEvent({ type, zoneId, subjectId, time }: Event): Promise<void> {
    if (type === 'host.zoneDeleted') return this.removal.removeZone(zoneId);
    const how = gone[type];
    if (how !== undefined) await this.workerGone(subjectId, how, new Date(time));
  }

  /** Those that somebody has looked at since are not meant. */
  private async workerGone(workerId: string, how: string, since: Date): Promise<void> {
    const reason = { code: 'WORKER_GONE', message: `the worker ${workerId} that looked after it ${how}` };
    const now = new Date(this.clock.nowMs());
    for (let [ids, after] = [await this.sweep.resourcesOfWorker(workerId, ''), '']; ids.length > 0;) {
      for (const id of ids) {
        await this.sweep.with(id, now, ({ story, hasOpenRefresh }) => {
          const { row } = story;
          if (row.workerId !== workerId || (row.observedAt ?? new Date(0)) > since) return;
          loseSightOf(story, reason, hasOpenRefresh);
        });
      }
      after = ids.at(-1) ?? '';
      ids = await this.sweep.resourcesOfWorker(workerId, after);
    }
    this.wakeUps.committed();
  }
}
