import { Injectable } from '@nestjs/common';
import type { HostFacts } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { ElectionService } from '../election/election.service.js';
import { LivenessService } from '../liveness/liveness.service.js';
import { AgentsStore } from './agents.store.js';
import { HostPool } from './host-pool.service.js';

/** The later part of a session's life: facts that changed, and its end. */
@Injectable()
export class PresenceService {
  constructor(
    private readonly agents: AgentsStore,
    private readonly pool: HostPool,
    private readonly election: ElectionService,
    private readonly liveness: LivenessService,
    private readonly clock: Clock,
  ) {}

  async facts(agentId: string, session: string, facts: HostFacts, beaconUrl: string | null): Promise<void> {
    const at = new Date(this.clock.nowMs());
    const agent = await this.agents.updateFacts({ agentId, session, facts, beaconUrl, at });
    if (agent === undefined) throw new AppError('WRONG_SESSION', 'This session is not the current one; say hello');
    await this.pool.changed(agent);
  }

  /** The next primary first, as commands wait for it; the status may even fail to be stored. */
  async goodbye(zoneId: string, agentId: string, session: string, reason: 'stopping' | 'suspending'): Promise<void> {
    await this.election.leave(zoneId, agentId, session);
    await this.liveness.goodbye(agentId, session, reason);
  }
}
