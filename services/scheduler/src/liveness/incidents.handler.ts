import { Controller } from '@nestjs/common';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest } from '@klevr/messaging/decorators';
import { ZonesStore } from '../zones/zones.store.js';
import { IncidentsService } from './incidents.service.js';

type Rpc = typeof schedulerRpc;

@Controller()
export class IncidentsHandler {
  constructor(
    private readonly incidents: IncidentsService,
    private readonly zones: ZonesStore,
  ) {}

  @HandleRequest(schedulerRpc.listIncidents)
  async listIncidents({ zone, open, ...query }: RequestOf<Rpc['listIncidents']>): Promise<ReplyOf<Rpc['listIncidents']>> {
    return this.incidents.list(query, zone === undefined ? undefined : (await this.zones.get(zone)).id, open);
  }

  @HandleRequest(schedulerRpc.closeIncident)
  closeIncident({ id, actor, idempotency }: RequestOf<Rpc['closeIncident']>): Promise<ReplyOf<Rpc['closeIncident']>> {
    return this.incidents.close(id, actor.username, idempotency);
  }
}
