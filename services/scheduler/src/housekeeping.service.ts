import { Injectable } from '@nestjs/common';
import { Log } from '@klevr/platform/log';
import { ElectionStart } from './election/election-start.service.js';
import { LivenessService } from './liveness/liveness.service.js';
import { MetricsService } from './metrics.service.js';
import { UpkeepService } from './tables/upkeep.service.js';

/** What has to be done now and then and by nobody in particular: every replica does it, and doing it twice changes nothing. */
@Injectable()
export class HousekeepingService {
  constructor(
    private readonly election: ElectionStart,
    private readonly liveness: LivenessService,
    private readonly upkeep: UpkeepService,
    private readonly metrics: MetricsService,
    private readonly log: Log,
  ) {}

  start(): Promise<void> {
    return this.upkeep.start();
  }

  async sweep(): Promise<void> {
    try {
      await this.election.refresh();
      await this.liveness.takeUpSuspects();
      await this.upkeep.sweep();
      await this.metrics.observe();
    } catch (error) {
      // While the database is away nobody's silence counts.
      this.liveness.ourFault();
      this.log.warn({ error }, 'housekeeping failed, it is tried again');
    }
  }
}
