import { Controller } from '@nestjs/common';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest } from '@klevr/messaging/decorators';
import { JoinTokensService } from './join-tokens.service.js';
import { ZonesService } from './zones.service.js';

type Rpc = typeof schedulerRpc;

@Controller()
export class ZonesHandler {
  constructor(
    private readonly zones: ZonesService,
    private readonly joinTokens: JoinTokensService,
  ) {}

  @HandleRequest(schedulerRpc.createZone)
  createZone({ zone, idempotency }: RequestOf<Rpc['createZone']>): Promise<ReplyOf<Rpc['createZone']>> {
    return this.zones.create(zone, idempotency);
  }

  @HandleRequest(schedulerRpc.listZones)
  listZones(query: RequestOf<Rpc['listZones']>): Promise<ReplyOf<Rpc['listZones']>> {
    return this.zones.list(query);
  }

  @HandleRequest(schedulerRpc.getZone)
  getZone({ zone }: RequestOf<Rpc['getZone']>): Promise<ReplyOf<Rpc['getZone']>> {
    return this.zones.get(zone);
  }

  @HandleRequest(schedulerRpc.createJoinToken)
  createJoinToken({ zone, joinToken, idempotency }: RequestOf<Rpc['createJoinToken']>): Promise<ReplyOf<Rpc['createJoinToken']>> {
    return this.joinTokens.create(zone, joinToken, idempotency);
  }

  @HandleRequest(schedulerRpc.listJoinTokens)
  listJoinTokens({ zone, ...query }: RequestOf<Rpc['listJoinTokens']>): Promise<ReplyOf<Rpc['listJoinTokens']>> {
    return this.joinTokens.list(zone, query);
  }

  @HandleRequest(schedulerRpc.revokeJoinToken)
  async revokeJoinToken({ zone, id }: RequestOf<Rpc['revokeJoinToken']>): Promise<ReplyOf<Rpc['revokeJoinToken']>> {
    await this.joinTokens.revoke(zone, id);
    return {};
  }
}
