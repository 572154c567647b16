import { Injectable } from '@nestjs/common';
import type { Agent, UpdateAgent } from '@klevr/contracts/agent';
import type { Idempotency } from '@klevr/contracts/contract';
import { ReplaysStore } from '../tables/replays.store.js';
import { AgentChangesService, type AskedChange } from './agent-changes.service.js';
import { AgentsService } from './agents.service.js';

/** Changes of agents as they are asked for: once for one Idempotency-Key, answered with the agent as it is then. */
@Injectable()
export class AgentOperationsService {
  constructor(
    private readonly changes: AgentChangesService,
    private readonly agents: AgentsService,
    private readonly replays: ReplaysStore,
  ) {}

  async update(asked: AskedChange, changes: UpdateAgent): Promise<Agent> {
    return this.agents.view(await this.changes.update(asked, changes));
  }

  async approve(asked: AskedChange, idempotency: Idempotency | undefined): Promise<Agent> {
    return this.replays.once(idempotency, async () => this.agents.view(await this.changes.approve(asked)));
  }

  async drain(asked: AskedChange, idempotency: Idempotency | undefined): Promise<Agent> {
    return this.replays.once(idempotency, async () => this.agents.view(await this.changes.drain(asked)));
  }

  async undrain(asked: AskedChange, idempotency: Idempotency | undefined): Promise<Agent> {
    return this.replays.once(idempotency, async () => this.agents.view(await this.changes.undrain(asked)));
  }
}
