import { Injectable } from '@nestjs/common';
import { Log } from '@klevr/platform/log';
import { ElectionStart } from './election/election-start.service.js';
import { LivenessService } from './liveness/liveness.service.js';
import { MetricsService } from './metrics.service.js';
import { ReplaysStore } from './tables/replays.store.js';

/** What has to be done now and then and by nobody in particular: every replica does it, and doing it twice changes nothing. */
@Injectable()
export class HousekeepingService {
  constructor(
    private readonly election: ElectionStart,
    private readonly liveness: LivenessService,
    private readonly replays: ReplaysStore,
    private readonly metrics: MetricsService,
    private readonly log: Log,
  ) {}

  async sweep(): Promise<void> {
    try {
      await this.election.refresh();
      await this.liveness.takeUpSuspects();
      await this.replays.forgetOld();
      await this.metrics.observe();
    } catch (error) {
      // While the database is away nobody's silence counts.
      this.liveness.ourFault();
      this.log.warn({ error }, 'housekeeping failed, it is tried again');
    }
  }
}
