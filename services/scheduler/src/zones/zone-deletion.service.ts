import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { AgentFarewell } from '../hosts/agent-farewell.service.js';
import { TaskManagerClient } from '../hosts/task-manager.client.js';
import type { ZoneRow } from '../tables/zone.entity.js';
import { ZoneDeletionStore } from './zone-deletion.store.js';
import { ZonesStore, refuseUnlessRevision } from './zones.store.js';

export interface AskedDeletion {
  readonly by: string;
  readonly force: boolean;
  readonly ifRevision?: number | undefined;
}

/**
 * Deletes a zone. Promises: with `force`, its tasks are canceled and its agents told before the rows go; each step may be done again, so whoever
 * asks again after a failure finishes it. Does not: wait for agents that do not listen.
 */
@Injectable()
export class ZoneDeletionService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly store: ZoneDeletionStore,
    private readonly taskManager: TaskManagerClient,
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
    const at = new Date(this.clock.nowMs());
    if (force) await this.empty(zone, at);
    else await this.refuseInUse(zone);
    await this.store.remove({ id: zone.id, by, at, force, ifRevision });
    await this.farewell.zoneDeleted(zone.id);
  }

  private async refuseInUse({ id }: ZoneRow): Promise<void> {
    await this.farewell.refuseAgents(id);
    const { openTasks } = await this.taskManager.zoneClosing(id, false, 'asked whether it can be deleted');
    if (openTasks === 0) return;
    const many = openTasks === 1 ? 'open task' : 'open tasks';
    throw new AppError('WRONG_STATE', `The zone has ${openTasks} ${many}; cancel them first, or force the deletion`);
  }

  private async empty({ id }: ZoneRow, at: Date): Promise<void> {
    await this.taskManager.zoneClosing(id, true, 'its zone is being deleted');
    await this.store.closeDoor(id, at);
    await this.farewell.toZone(id, 'its zone was deleted');
  }
}
