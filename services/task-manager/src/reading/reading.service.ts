import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { RunId, TaskId } from '@klevr/contracts/ids';
import type { Run, Task } from '@klevr/contracts/task';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { zonesToList } from '@klevr/persistence/zone-pages';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { ZoneLookup } from '../hosts/zone-lookup.service.js';
import { LogReaderStore, type LogPage } from './log-reader.store.js';
import { refuseForeignCursor } from './page.js';
import { RunReaderStore } from './run-reader.store.js';
import { TaskReaderStore } from './task-reader.store.js';

/** Everything that only reads. */
@Injectable()
export class ReadingService {
  constructor(
    private readonly tasks: TaskReaderStore,
    private readonly runs: RunReaderStore,
    private readonly logs: LogReaderStore,
    private readonly zones: ZoneLookup,
    private readonly clock: Clock,
  ) {}

  getTask(id: string): Promise<Task> {
    return this.tasks.get(id, this.now());
  }

  async listTasks({
    zone,
    scope,
    schedule: scheduleId,
    agent: agentId,
    ...query
  }: RequestOf<typeof taskManagerRpc.listTasks>): Promise<ReplyOf<typeof taskManagerRpc.listTasks>> {
    refuseForeignCursor(query.cursor, TaskId);
    const zoneIds = zonesToList(zone === undefined ? undefined : await this.zones.idOf(zone), scope);
    return this.tasks.list({ ...query, zoneIds, scheduleId, agentId }, this.now());
  }

  getRun(id: string): Promise<Run> {
    return this.runs.get(id, this.now());
  }

  async listRuns({ taskId, ...query }: RequestOf<typeof taskManagerRpc.listRuns>): Promise<ReplyOf<typeof taskManagerRpc.listRuns>> {
    refuseForeignCursor(query.cursor, RunId);
    return this.runs.list(taskId, query, this.now());
  }

  getLogs(runId: string, afterSeq: number): Promise<LogPage> {
    return this.logs.read(runId, afterSeq);
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
