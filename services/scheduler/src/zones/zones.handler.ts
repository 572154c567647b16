import { Controller } from '@nestjs/common';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest } from '@klevr/messaging/decorators';
import { JoinTokensService } from './join-tokens.service.js';
import { ZoneDeletionService } from './zone-deletion.service.js';
import { ZonesService } from './zones.service.js';

type Rpc = typeof schedulerRpc;

@Controller()
export class ZonesHandler {
  constructor(
    private readonly zones: ZonesService,
    private readonly deletion: ZoneDeletionService,
    private readonly joinTokens: JoinTokensService,
  ) {}

  @HandleRequest(schedulerRpc.createZone)
  createZone({ actor, zone, idempotency }: RequestOf<Rpc['createZone']>): Promise<ReplyOf<Rpc['createZone']>> {
    return this.zones.create(zone, actor.username, idempotency);
  }

  @HandleRequest(schedulerRpc.listZones)
  listZones(query: RequestOf<Rpc['listZones']>): Promise<ReplyOf<Rpc['listZones']>> {
    return this.zones.list(query);
  }

  @HandleRequest(schedulerRpc.getZone)
  getZone({ zone }: RequestOf<Rpc['getZone']>): Promise<ReplyOf<Rpc['getZone']>> {
    return this.zones.get(zone);
  }

  @HandleRequest(schedulerRpc.updateZone)
  updateZone({ actor, zone, changes, ifRevision }: RequestOf<Rpc['updateZone']>): Promise<ReplyOf<Rpc['updateZone']>> {
    return this.zones.update(zone, changes, { by: actor.username, ifRevision });
  }

  @HandleRequest(schedulerRpc.deleteZone)
  async deleteZone({ actor, zone, force, ifRevision }: RequestOf<Rpc['deleteZone']>): Promise<ReplyOf<Rpc['deleteZone']>> {
    await this.deletion.delete(zone, { by: actor.username, force, ifRevision });
    return {};
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
