import type { Event } from '@klevr/contracts/event';
import type { FactBatch, FactBatchReply } from '@klevr/contracts/fact';
import { republishHeaders, type PrimaryKey } from '@klevr/contracts/presence';
import { factContract, taskManagerConsumers, taskManagerHears } from '@klevr/contracts/task-manager-contracts';
import { HandleEvent, HandlePublished, HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { ZonePrimariesService } from './dispatch/zone-primaries.service.js';
import { AliveService } from './facts/alive.service.js';
import { FactsService } from './facts/facts.service.js';
import { HostEventsService } from './hosts/host-events.service.js';
import { HearingService } from './webhooks/hearing.service.js';

/** What is heard of agents: their facts, who leads their zone, how they are. */
@Controller()
export class AgentsHandler {
  constructor(
    private readonly facts: FactsService,
    private readonly alive: AliveService,
    private readonly primaries: ZonePrimariesService,
    private readonly hosts: HostEventsService,
    private readonly hearing: HearingService,
  ) {}

  @HandleRequest(factContract)
  fact(batch: FactBatch, { zoneId, agentId }: MessageContext): Promise<FactBatchReply> {
    return batch.lane === 'alive' ? this.alive.take(agentId, batch) : this.facts.take({ zoneId, agentId, batch });
  }

  /** A key that was deleted comes as null. */
  @HandlePublished(taskManagerHears.primary)
  primary(key: PrimaryKey | null, { zoneId, header }: MessageContext): Promise<void> {
    return this.primaries.heard(zoneId, key, Number(header(republishHeaders.sequence) ?? 0));
  }

  @HandleEvent(taskManagerConsumers.hostEvents)
  async hostEvent(event: Event, _context: MessageContext): Promise<void> {
    await this.hosts.handle(event);
    await this.hearing.hear(event);
  }
}
