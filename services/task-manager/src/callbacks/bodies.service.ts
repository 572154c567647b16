import { AppError } from '@klevr/contracts/errors';
import type { Run, Task } from '@klevr/contracts/task';
import { Injectable } from '@nestjs/common';
import { RunReaderStore } from '../reading/run-reader.store.js';
import { TaskReaderStore } from '../reading/task-reader.store.js';
import { eventBody, largestRuns, taskBody } from './callback-body.js';
import type { DueDelivery } from './lanes.store.js';

/** Tasks with at most so many runs are read together. */
const fewRuns = 10;
const pageSize = 200;

/** The text of a message, or why there can be none. */
export type Body = { readonly text: string } | { readonly error: string };

/** Builds messages, many with a few statements. Throws where the database cannot be read. */
@Injectable()
export class BodiesService {
  constructor(
    private readonly tasks: TaskReaderStore,
    private readonly runs: RunReaderStore,
  ) {}

  /** By the id of the delivery; after so many bytes those that come later in the list are left for another time. */
  async of(deliveries: readonly DueDelivery[], mostBytes: number, now: Date): Promise<Map<string, Body>> {
    const taskIds = deliveries.flatMap(({ detail, taskId }) => (detail.kind === 'event' || taskId === null ? [] : [taskId]));
    const tasks = await this.tasks.some([...new Set(taskIds)], now);
    const runsOf = await this.readRuns(deliveries, tasks, now);
    const bodies = new Map<string, Body>();
    let bytes = 0;
    for (const delivery of deliveries) {
      const body = await this.body(delivery, tasks, runsOf, now);
      bodies.set(delivery.id, body);
      bytes += 'text' in body ? body.text.length : 0;
      if (bytes >= mostBytes) break;
    }
    return bodies;
  }

  private async body(delivery: DueDelivery, tasks: Map<string, Task>, runs: readonly Run[], now: Date): Promise<Body> {
    const { detail, taskId } = delivery;
    if (detail.kind === 'event') return { text: eventBody(detail) };
    const task = tasks.get(taskId ?? '');
    if (task === undefined) return { error: 'the task that it is about is gone' };
    if (detail.kind !== 'end') {
      const runId = detail.kind === 'run' ? detail.runId : detail.run.id;
      return {
        text: taskBody(
          { ...delivery, detail },
          task,
          runs.filter(({ id }) => id === runId),
        ),
      };
    }
    const all = task.runs.total <= fewRuns ? runs.filter((run) => run.taskId === task.id) : await this.manyRuns(task.id, now);
    return { text: taskBody({ ...delivery, detail }, task, all) };
  }

  private readRuns(deliveries: readonly DueDelivery[], tasks: Map<string, Task>, now: Date): Promise<Run[]> {
    const ids = new Set<string>();
    const taskIds = new Set<string>();
    for (const { detail, taskId } of deliveries) {
      const task = tasks.get(taskId ?? '');
      if (detail.kind === 'begun' || detail.kind === 'step') ids.add(detail.run.id);
      else if (detail.kind === 'run') ids.add(detail.runId);
      else if (detail.kind === 'end' && task !== undefined && task.runs.total <= fewRuns) taskIds.add(task.id);
    }
    return this.runs.some({ ids: [...ids], taskIds: [...taskIds] }, now);
  }

  private async manyRuns(taskId: string, now: Date): Promise<Run[]> {
    const runs: Run[] = [];
    let cursor: string | undefined;
    try {
      do {
        const page = await this.runs.list(taskId, { limit: pageSize, cursor }, now);
        runs.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && runs.length < largestRuns);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'NOT_FOUND') throw error;
    }
    return runs.slice(0, largestRuns);
  }
}
