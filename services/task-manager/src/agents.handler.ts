import type { Event } from '@klevr/contracts/event';
import type { FactBatch, FactBatchReply } from '@klevr/contracts/fact';
import { republishHeaders, type PrimaryKey } from '@klevr/contracts/presence';
import { factContract, taskManagerConsumers, taskManagerHears } from '@klevr/contracts/task-manager-contracts';
import { HandleEvent, HandlePublished, HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { ZonePrimariesService } from './dispatch/zone-primaries.service.js';
import { FactsService } from './facts/facts.service.js';
import { HostEventsService } from './hosts/host-events.service.js';

/** What is heard of agents: their facts, who leads their zone, how they are. */
@Controller()
export class AgentsHandler {
  constructor(
    private readonly facts: FactsService,
    private readonly primaries: ZonePrimariesService,
    private readonly hosts: HostEventsService,
  ) {}

  @HandleRequest(factContract)
  fact(batch: FactBatch, { zoneId, agentId }: MessageContext): Promise<FactBatchReply> {
    return this.facts.take({ zoneId, agentId, batch });
  }

  /** A key that was deleted comes as null. */
  @HandlePublished(taskManagerHears.primary)
  primary(key: PrimaryKey | null, { zoneId, header }: MessageContext): Promise<void> {
    return this.primaries.heard(zoneId, key, Number(header(republishHeaders.sequence) ?? 0));
  }

  @HandleEvent(taskManagerConsumers.hostEvents)
  hostEvent(event: Event, _context: MessageContext): Promise<void> {
    return this.hosts.handle(event);
  }
}
