import { Injectable } from '@nestjs/common';
import type { Idempotency } from '@klevr/contracts/contract';
import type { PrimaryInfo } from '@klevr/contracts/zone';
import { ReplaysStore } from '../tables/replays.store.js';
import { ZonesStore } from '../zones/zones.store.js';
import { ElectionService } from './election.service.js';

@Injectable()
export class PrimariesService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly election: ElectionService,
    private readonly replays: ReplaysStore,
  ) {}

  async get(zoneRef: string): Promise<PrimaryInfo | null> {
    const zone = await this.zones.get(zoneRef);
    return this.election.primaryNow(zone.id);
  }

  async handOver(zoneRef: string, to: string | undefined, idempotency: Idempotency | undefined): Promise<PrimaryInfo> {
    const zone = await this.zones.get(zoneRef);
    return this.replays.once(idempotency, () => this.election.handOver(zone.id, to));
  }
}
