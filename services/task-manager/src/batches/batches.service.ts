import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { SchedulerClient } from '../hosts/scheduler.client.js';
import { runsEnded } from '../metrics.js';
import { WakeUps } from '../wake-ups.js';
import { BatchesStore, type BatchTask } from './batches.store.js';
import { whyStop } from './judge-batch.js';

/** While the scheduler is away, nobody knows the loads of hosts. */
const askAgainMs = 1_000;

/**
 * Takes tasks from one batch of hosts to the next.
 * Promises: no batch begins before all runs of the one before have ended, nor once the limits of the task are reached, the end of the pause
 * included; a pause outlives restarts. What decides is stored, so any replica may, at the time that is stored.
 * Does not: keep times; who does so calls `advance`. Stop what is under way.
 */
@Injectable()
export class BatchesService {
  /** Tasks that are being decided on: one that has to wait for the scheduler holds up no other. */
  private readonly working = new Map<string, Promise<void>>();

  constructor(
    private readonly store: BatchesStore,
    private readonly scheduler: SchedulerClient,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Decides on every task whose time has come. Never rejects; what failed comes again. */
  async advance(): Promise<void> {
    try {
      for (const task of await this.store.due(this.now(), [...this.working.keys()])) {
        if (!this.working.has(task.id))
          this.working.set(
            task.id,
            this.decide(task).finally(() => this.working.delete(task.id)),
          );
      }
    } catch (error) {
      this.log.warn({ error }, 'the batches of tasks could not be looked at, they will be again');
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.working.values());
  }

  private async decide(task: BatchTask): Promise<void> {
    try {
      const loads = await this.loadsOf(task);
      if (loads === undefined) return await this.wait(task, task.state, askAgainMs);
      const why = whyStop(task.policy, { ...(await this.store.toll(task)), loads });
      const pauseMs = task.policy.pauseSeconds * 1000;
      if (why === null && task.state === 'running' && pauseMs > 0) return await this.wait(task, 'pausing', pauseMs);
      const now = this.now();
      const stored = why === null ? await this.store.release(task, now) : await this.store.stop(task, why, now);
      if (stored === undefined) return;
      for (const status of stored.ended) runsEnded.inc({ status });
      this.wakeUps.stored(stored);
      this.wakeUps.zone(task.zoneId, 'due');
    } catch (error) {
      this.log.warn({ taskId: task.id, error }, 'the next batch of a task could not be decided on, it will be again');
    }
  }

  private async wait(task: BatchTask, state: BatchTask['state'], waitMs: number): Promise<void> {
    const until = new Date(this.clock.nowMs() + waitMs);
    await this.store.wait(task, state, until);
    this.wakeUps.at(until);
  }

  /** Undefined where they matter and nobody can tell. */
  private async loadsOf(task: BatchTask): Promise<{ agentId: string; cpuLoad: number }[] | undefined> {
    if (task.policy.stopAboveCpuLoad === undefined) return [];
    try {
      const hosts = await this.scheduler.hostHealth(task.zoneId, await this.store.touchedHosts(task));
      return hosts.flatMap(({ agentId, cpuLoad }) => (cpuLoad === null ? [] : [{ agentId, cpuLoad }]));
    } catch (error) {
      this.log.warn({ taskId: task.id, error }, 'the scheduler does not tell the loads of hosts; the next batch waits');
      return undefined;
    }
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
