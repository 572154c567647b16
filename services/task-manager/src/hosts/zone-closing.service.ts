import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { runsEnded } from '../metrics.js';
import { SweepService } from '../sweep/sweep.service.js';
import { WakeUps } from '../wake-ups.js';
import { RemovalsStore } from './removals.store.js';

/** What the scheduler asks before it deletes a zone. */
@Injectable()
export class ZoneClosingService {
  constructor(
    private readonly store: RemovalsStore,
    private readonly sweep: SweepService,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  /** How many tasks of the zone are open, or were when it was closed. */
  async closing({ zoneId, close, reason }: { zoneId: string; close: boolean; reason: string }): Promise<{ openTasks: number }> {
    const openTasks = await this.store.countOpenTasks(zoneId);
    if (!close) return { openTasks };
    await this.store.closeZone(zoneId, reason, new Date(this.clock.nowMs()), (stored) => {
      for (const status of stored.ended) runsEnded.inc({ status });
      this.wakeUps.stored(stored);
    });
    // The cancels of what agents have in hand.
    this.wakeUps.zone(zoneId);
    this.sweep.wake();
    return { openTasks };
  }
}
