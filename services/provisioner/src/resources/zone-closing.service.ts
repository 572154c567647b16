import { Injectable } from '@nestjs/common';
import { WakeUps } from '../wake-ups.js';
import { RemovalStore } from './removal.store.js';

/** What the scheduler asks before it deletes a zone. */
@Injectable()
export class ZoneClosingService {
  constructor(
    private readonly store: RemovalStore,
    private readonly wakeUps: WakeUps,
  ) {}

  /** How many resources something may be left of, or was when their records were removed. What engines have stays there. */
  async closing({ zoneId, close }: { zoneId: string; close: boolean }): Promise<{ resources: number }> {
    const resources = await this.store.count(zoneId);
    if (close) await this.store.removeZone(zoneId);
    this.wakeUps.committed();
    return { resources };
  }
}
