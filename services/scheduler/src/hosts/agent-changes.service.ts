import { Injectable } from '@nestjs/common';
import type { UpdateAgent } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { ElectionService } from '../election/election.service.js';
import type { AgentRow } from '../tables/agent.entity.js';
import { AgentChangesStore, type ChangeOf } from './agent-changes.store.js';
import { AgentNotifier } from './agent.notifier.js';
import { HostChangesService } from './host-changes.service.js';

/** Who asks for a change of an agent. */
export interface AskedChange {
  readonly id: string;
  readonly by: string;
  readonly ifRevision?: number | undefined;
}

/** What operators change of an agent that stays: its labels, its approval, whether it gets new work. */
@Injectable()
export class AgentChangesService {
  constructor(
    private readonly store: AgentChangesStore,
    private readonly changes: HostChangesService,
    private readonly election: ElectionService,
    private readonly notifier: AgentNotifier,
    private readonly clock: Clock,
  ) {}

  async update(asked: AskedChange, changes: UpdateAgent): Promise<AgentRow> {
    return this.takeUp(await this.store.update(this.dated(asked), changes), 'its labels were changed');
  }

  async approve(asked: AskedChange): Promise<AgentRow> {
    return this.takeUp(await this.store.approve(this.dated(asked)), 'it was approved');
  }

  /** A primary hands over before it counts as drained, so that no command meets a zone without one. Alone, it just stops leading. */
  async drain(asked: AskedChange): Promise<AgentRow> {
    const zoneId = await this.store.zoneOf(asked.id);
    if (this.election.primaryOf(zoneId)?.agentId === asked.id) await this.handOver(zoneId);
    return this.takeUp(await this.store.setDrained(this.dated(asked), true), 'it was drained');
  }

  async undrain(asked: AskedChange): Promise<AgentRow> {
    return this.takeUp(await this.store.setDrained(this.dated(asked), false), 'it was undrained');
  }

  private async handOver(zoneId: string): Promise<void> {
    try {
      await this.election.handOver(zoneId, undefined);
    } catch (error) {
      // Nobody else stands, or the next one is still being settled: the drain goes on, and the election with it.
      if (!(error instanceof AppError && (error.code === 'NO_TARGET' || error.code === 'UNAVAILABLE'))) throw error;
    }
  }

  private async takeUp(agent: AgentRow, reason: string): Promise<AgentRow> {
    await this.changes.changedHere(agent);
    this.notifier.helloWanted(agent, reason);
    return agent;
  }

  private dated(asked: AskedChange): ChangeOf {
    return { ...asked, at: new Date(this.clock.nowMs()) };
  }
}
