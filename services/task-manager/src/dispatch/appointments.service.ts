import type { PrimaryKey } from '@klevr/contracts/presence';
import { Injectable } from '@nestjs/common';
import { DispatcherService } from './dispatcher.service.js';
import { ZonePrimariesService } from './zone-primaries.service.js';

/** A zone's key changed: a primary that is ready takes over what nobody accepted, and a zone without one is served straight. */
@Injectable()
export class AppointmentsService {
  constructor(
    private readonly primaries: ZonePrimariesService,
    private readonly dispatcher: DispatcherService,
  ) {}

  async heard(zoneId: string, key: PrimaryKey | null, revision: number): Promise<void> {
    const changed = await this.primaries.heard(zoneId, key, revision);
    if (changed === undefined) return;
    if (changed.kind === 'ready') await this.dispatcher.appointed(zoneId, changed);
    else this.dispatcher.wake(zoneId);
  }
}
