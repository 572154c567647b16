import { Injectable } from '@nestjs/common';
import { Clock } from '@klevr/platform/clock';
import { HostChangesService } from '../hosts/host-changes.service.js';
import { RevocationsService } from '../hosts/revocations.service.js';
import { ScheduleRemoval } from '../schedules/schedule-removal.store.js';
import { ReplaysStore } from './replays.store.js';

/** Tables that would grow for ever, and what follows from them elsewhere. */
@Injectable()
export class UpkeepService {
  constructor(
    private readonly replays: ReplaysStore,
    private readonly revocations: RevocationsService,
    private readonly changes: HostChangesService,
    private readonly schedules: ScheduleRemoval,
    private readonly clock: Clock,
  ) {}

  /** A NATS server that was set up anew learns who was removed. */
  async start(): Promise<void> {
    await this.revocations.pushQuietly();
  }

  async sweep(): Promise<void> {
    await this.replays.forgetOld();
    await this.revocations.sweep();
    await this.changes.refresh();
    await this.schedules.finish();
    await this.schedules.forgetOld(new Date(this.clock.nowMs()));
  }
}
