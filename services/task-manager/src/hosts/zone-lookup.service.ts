import { Injectable } from '@nestjs/common';
import { SchedulerClient } from './scheduler.client.js';
import { ZonesStore } from './zones.store.js';

/** Which zone a reference means. Those with agents or tasks are known here; of others only the scheduler knows whether they are. */
@Injectable()
export class ZoneLookup {
  constructor(
    private readonly zones: ZonesStore,
    private readonly scheduler: SchedulerClient,
  ) {}

  /** Throws NOT_FOUND. */
  async idOf(ref: string): Promise<string> {
    return (await this.zones.findZone(ref))?.zoneId ?? (await this.scheduler.zoneId(ref));
  }
}
