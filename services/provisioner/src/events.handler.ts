import type { Event } from '@klevr/contracts/event';
import { provisionerConsumers } from '@klevr/contracts/provisioner-contracts';
import { HandleEvent, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { HostEventsService } from './resources/host-events.service.js';

/** What is heard of tasks, hosts and zones. */
@Controller()
export class EventsHandler {
  constructor(private readonly events: HostEventsService) {}

  @HandleEvent(provisionerConsumers.taskEvents)
  taskEvent(event: Event, _context: MessageContext): Promise<void> {
    return this.events.taskEvent(event);
  }

  @HandleEvent(provisionerConsumers.hostEvents)
  hostEvent(event: Event, _context: MessageContext): Promise<void> {
    return this.events.hostEvent(event);
  }
}
