import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { runsEnded } from '../metrics.js';
import type { RunRow } from '../runs/run-row.js';
import { WakeUps } from '../wake-ups.js';
import { HostEventsStore } from './host-events.store.js';
import { SchedulerClient } from './scheduler.client.js';

/**
 * Asks the scheduler for the agents of runs that were out of sight.
 * Promises: what a lost agent had in hand is ended as the event of its loss would have done, where that event came before a hello that was stored late.
 * Does not: believe anything but the scheduler's word; while that is away nothing changes. Never rejects; who is doubted is doubted again.
 */
@Injectable()
export class DoubtsService {
  constructor(
    private readonly scheduler: SchedulerClient,
    private readonly hosts: HostEventsStore,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async ask(runs: readonly RunRow[]): Promise<void> {
    const agents = new Map<string, Set<string>>();
    for (const { zoneId, agentId } of runs) {
      if (agentId !== null) agents.set(zoneId, (agents.get(zoneId) ?? new Set()).add(agentId));
    }
    await Promise.all([...agents].map(([zoneId, ids]) => this.askZone(zoneId, [...ids])));
  }

  private async askZone(zoneId: string, agentIds: readonly string[]): Promise<void> {
    // Of before the question: who says hello meanwhile is there.
    const at = new Date(this.clock.nowMs());
    try {
      for (const { agentId, status } of await this.scheduler.hostHealth(zoneId, agentIds)) {
        if (status !== 'lost') continue;
        const change = { agentId, zoneId, status, cause: 'said by the scheduler when asked', at };
        const stored = await this.hosts.apply(change, new Date(this.clock.nowMs()));
        for (const ended of stored.ended) runsEnded.inc({ status: ended });
        this.wakeUps.stored(stored);
        this.wakeUps.zone(zoneId);
      }
    } catch (error) {
      this.log.warn({ zoneId, error }, 'agents could not be asked for, they will be again');
    }
  }
}
