import { Injectable } from '@nestjs/common';
import { ElectionShell } from './election/election.shell.js';
import { agentsByStatus, zonesByPrimary } from './election/election.metrics.js';
import { AgentsStore } from './hosts/agents.store.js';

@Injectable()
export class MetricsService {
  constructor(
    private readonly shell: ElectionShell,
    private readonly agents: AgentsStore,
  ) {}

  /** Figures that are counted rather than added up. */
  async observe(): Promise<void> {
    zonesByPrimary.set({ primary: 'yes' }, this.shell.countZones(true));
    zonesByPrimary.set({ primary: 'no' }, this.shell.countZones(false));
    for (const [status, number] of await this.agents.countByStatus()) agentsByStatus.set({ status }, number);
  }
}
