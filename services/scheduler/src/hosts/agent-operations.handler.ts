import { Controller } from '@nestjs/common';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest } from '@klevr/messaging/decorators';
import { AgentOperationsService } from './agent-operations.service.js';
import { AgentRemovalService } from './agent-removal.service.js';

type Rpc = typeof schedulerRpc;

/** What operators do to agents. */
@Controller()
export class AgentOperationsHandler {
  constructor(
    private readonly operations: AgentOperationsService,
    private readonly removal: AgentRemovalService,
  ) {}

  @HandleRequest(schedulerRpc.updateAgent)
  updateAgent({ actor, id, changes, ifRevision }: RequestOf<Rpc['updateAgent']>): Promise<ReplyOf<Rpc['updateAgent']>> {
    return this.operations.update({ id, by: actor.username, ifRevision }, changes);
  }

  @HandleRequest(schedulerRpc.approveAgent)
  approveAgent({ actor, id, idempotency }: RequestOf<Rpc['approveAgent']>): Promise<ReplyOf<Rpc['approveAgent']>> {
    return this.operations.approve({ id, by: actor.username }, idempotency);
  }

  @HandleRequest(schedulerRpc.drainAgent)
  drainAgent({ actor, id, idempotency }: RequestOf<Rpc['drainAgent']>): Promise<ReplyOf<Rpc['drainAgent']>> {
    return this.operations.drain({ id, by: actor.username }, idempotency);
  }

  @HandleRequest(schedulerRpc.undrainAgent)
  undrainAgent({ actor, id, idempotency }: RequestOf<Rpc['undrainAgent']>): Promise<ReplyOf<Rpc['undrainAgent']>> {
    return this.operations.undrain({ id, by: actor.username }, idempotency);
  }

  @HandleRequest(schedulerRpc.deleteAgent)
  async deleteAgent({ actor, id, ifRevision }: RequestOf<Rpc['deleteAgent']>): Promise<ReplyOf<Rpc['deleteAgent']>> {
    await this.removal.remove({ id, by: actor.username, ifRevision });
    return {};
  }
}
