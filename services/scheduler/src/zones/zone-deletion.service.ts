import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { AgentFarewell } from '../hosts/agent-farewell.service.js';
import type { ZoneRow } from '../tables/zone.entity.js';
import { ZoneDeletionStore } from './zone-deletion.store.js';
import { ZoneTenants } from './zone-tenants.service.js';
import { ZonesStore, refuseUnlessRevision } from './zones.store.js';

export interface AskedDeletion {
  readonly by: string;
  readonly force: boolean;
  readonly ifRevision?: number | undefined;
}

/**
 * Deletes a zone. Promises: with `force`, its tasks are canceled first and its agents told; when it returns, the NATS servers refuse them. The rows
 * go before the agents are told, so that nobody takes their going for a loss. Asking again after a failure finishes it. Does not: wait for agents
 * that do not listen.
 */
@Injectable()
export class ZoneDeletionService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly store: ZoneDeletionStore,
    private readonly tenants: ZoneTenants,
    private readonly farewell: AgentFarewell,
    private readonly clock: Clock,
  ) {}

  async delete(ref: string, { by, force, ifRevision }: AskedDeletion): Promise<void> {
    const zone = await this.zones.find(ref);
    if (zone === undefined) {
      await this.farewell.finish();
      throw new AppError('NOT_FOUND', 'There is no such zone');
    }
    refuseUnlessRevision(zone, ifRevision);
    if (force) await this.tenants.close(zone.id);
    else await this.refuseInUse(zone);
    const agents = await this.store.remove({ id: zone.id, by, at: new Date(this.clock.nowMs()), force, ifRevision });
    await this.farewell.zoneDeleted(zone.id, agents);
    await this.tenants.deleted(zone.id);
  }

  private async refuseInUse({ id }: ZoneRow): Promise<void> {
    await this.farewell.refuseAgents(id);
    await this.tenants.refuseInUse(id);
  }
}
