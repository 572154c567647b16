import { Controller } from '@nestjs/common';
import type { MessageOf } from '@klevr/contracts/contract';
import { schedulerHears } from '@klevr/contracts/scheduler-contracts';
import { HandlePublished } from '@klevr/messaging/decorators';
import { HostChangesService } from './host-changes.service.js';

@Controller()
export class HostChangesHandler {
  constructor(private readonly changes: HostChangesService) {}

  @HandlePublished(schedulerHears.hostEventHeard)
  hostEvent(event: MessageOf<(typeof schedulerHears)['hostEventHeard']>): Promise<void> {
    return this.changes.heard(event);
  }
}
