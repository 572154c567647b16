import { Injectable } from '@nestjs/common';
import { refuseAgents } from '../zones/zone-deletion.store.js';
import type { AgentRow } from '../tables/agent.entity.js';
import { AgentNotifier } from './agent.notifier.js';
import { AgentsStore } from './agents.store.js';
import { HostChangesService } from './host-changes.service.js';
import { RevocationsService } from './revocations.service.js';

const maybeConnected = ({ status, connServer }: AgentRow): boolean =>
  connServer !== null && (status === 'online' || status === 'drained' || status === 'suspect');

/** The end of agents: told first, cut off in any case. */
@Injectable()
export class AgentFarewell {
  constructor(
    private readonly agents: AgentsStore,
    private readonly changes: HostChangesService,
    private readonly notifier: AgentNotifier,
    private readonly revocations: RevocationsService,
  ) {}

  async refuseAgents(zoneId: string): Promise<void> {
    refuseAgents(await this.agents.pool(zoneId));
  }

  /** After its row is gone: when this returns, the NATS servers refuse it. */
  async removed(agent: AgentRow): Promise<void> {
    await this.changes.removedHere(agent);
    await this.notifier.farewell([agent], maybeConnected(agent) ? [agent] : [], 'it was removed');
    await this.revocations.push();
  }

  /** The same for a whole zone. */
  async zoneDeleted(zoneId: string, agents: readonly AgentRow[]): Promise<void> {
    await this.changes.zoneDeletedHere(zoneId);
    await this.notifier.farewell(agents, agents.filter(maybeConnected), 'its zone was deleted');
    await this.revocations.pushMissing();
  }

  /** What an earlier attempt may have left undone. */
  async finish(): Promise<void> {
    await this.revocations.pushMissing();
  }
}
