import { Controller } from '@nestjs/common';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest } from '@klevr/messaging/decorators';
import { IncidentsService } from './incidents.service.js';

type Rpc = typeof schedulerRpc;

@Controller()
export class IncidentsHandler {
  constructor(private readonly incidents: IncidentsService) {}

  @HandleRequest(schedulerRpc.listIncidents)
  listIncidents(query: RequestOf<Rpc['listIncidents']>): Promise<ReplyOf<Rpc['listIncidents']>> {
    return this.incidents.list(query);
  }

  @HandleRequest(schedulerRpc.getIncident)
  getIncident({ id }: RequestOf<Rpc['getIncident']>): Promise<ReplyOf<Rpc['getIncident']>> {
    return this.incidents.get(id);
  }

  @HandleRequest(schedulerRpc.closeIncident)
  closeIncident({ id, actor, idempotency }: RequestOf<Rpc['closeIncident']>): Promise<ReplyOf<Rpc['closeIncident']>> {
    return this.incidents.close(id, actor.username, idempotency);
  }
}
