import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import type { Run, Task } from '@klevr/contracts/task';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { LogReaderStore, type LogPage } from './log-reader.store.js';
import { RunReaderStore } from './run-reader.store.js';
import { TaskReaderStore } from './task-reader.store.js';

/** Everything that only reads. */
@Injectable()
export class ReadingService {
  constructor(
    private readonly tasks: TaskReaderStore,
    private readonly runs: RunReaderStore,
    private readonly logs: LogReaderStore,
    private readonly clock: Clock,
  ) {}

  getTask(id: string): Promise<Task> {
    return this.tasks.get(id, this.now());
  }

  listTasks(query: RequestOf<typeof taskManagerRpc.listTasks>): Promise<ReplyOf<typeof taskManagerRpc.listTasks>> {
    return this.tasks.list(query, this.now());
  }

  getRun(id: string): Promise<Run> {
    return this.runs.get(id, this.now());
  }

  listRuns({ taskId, ...query }: RequestOf<typeof taskManagerRpc.listRuns>): Promise<ReplyOf<typeof taskManagerRpc.listRuns>> {
    return this.runs.list(taskId, query, this.now());
  }

  getLogs(runId: string, afterSeq: number): Promise<LogPage> {
    return this.logs.read(runId, afterSeq);
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
