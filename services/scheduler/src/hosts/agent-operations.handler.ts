import { Controller } from '@nestjs/common';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest } from '@klevr/messaging/decorators';
import { ReplaysStore } from '../tables/replays.store.js';
import { AgentChangesService } from './agent-changes.service.js';
import { AgentRemovalService } from './agent-removal.service.js';
import { AgentsService } from './agents.service.js';

type Rpc = typeof schedulerRpc;

/** What operators do to agents. */
@Controller()
export class AgentOperationsHandler {
  constructor(
    private readonly changes: AgentChangesService,
    private readonly removal: AgentRemovalService,
    private readonly agents: AgentsService,
    private readonly replays: ReplaysStore,
  ) {}

  @HandleRequest(schedulerRpc.updateAgent)
  async updateAgent({ actor, id, changes, ifRevision }: RequestOf<Rpc['updateAgent']>): Promise<ReplyOf<Rpc['updateAgent']>> {
    return this.agents.view(await this.changes.update({ id, by: actor.username, ifRevision }, changes));
  }

  @HandleRequest(schedulerRpc.approveAgent)
  approveAgent({ actor, id, idempotency }: RequestOf<Rpc['approveAgent']>): Promise<ReplyOf<Rpc['approveAgent']>> {
    return this.replays.once(idempotency, async () => this.agents.view(await this.changes.approve({ id, by: actor.username })));
  }

  @HandleRequest(schedulerRpc.drainAgent)
  drainAgent({ actor, id, idempotency }: RequestOf<Rpc['drainAgent']>): Promise<ReplyOf<Rpc['drainAgent']>> {
    return this.replays.once(idempotency, async () => this.agents.view(await this.changes.drain({ id, by: actor.username })));
  }

  @HandleRequest(schedulerRpc.undrainAgent)
  undrainAgent({ actor, id, idempotency }: RequestOf<Rpc['undrainAgent']>): Promise<ReplyOf<Rpc['undrainAgent']>> {
    return this.replays.once(idempotency, async () => this.agents.view(await this.changes.undrain({ id, by: actor.username })));
  }

  @HandleRequest(schedulerRpc.deleteAgent)
  async deleteAgent({ actor, id, ifRevision }: RequestOf<Rpc['deleteAgent']>): Promise<ReplyOf<Rpc['deleteAgent']>> {
    await this.removal.remove({ id, by: actor.username, ifRevision });
    return {};
  }
}
