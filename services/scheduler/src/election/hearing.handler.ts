import { Controller } from '@nestjs/common';
import type { MessageOf } from '@klevr/contracts/contract';
import { republishHeaders } from '@klevr/contracts/presence';
import { schedulerHears } from '@klevr/contracts/scheduler-contracts';
import { HandlePublished, type MessageContext } from '@klevr/messaging/decorators';
import { HearingService } from './hearing.service.js';

type Hears = typeof schedulerHears;

@Controller()
export class HearingHandler {
  constructor(private readonly hearing: HearingService) {}

  /** A deleted key comes without a body. */
  @HandlePublished(schedulerHears.primary)
  async primary(key: MessageOf<Hears['primary']> | null, { zoneId, header }: MessageContext): Promise<void> {
    this.hearing.key(zoneId, Number(header(republishHeaders.sequence)), key);
  }

  @HandlePublished(schedulerHears.report)
  async report(report: MessageOf<Hears['report']>, { zoneId, agentId }: MessageContext): Promise<void> {
    this.hearing.report(zoneId, agentId, report);
  }

  @HandlePublished(schedulerHears.helloHeard)
  hello(hello: MessageOf<Hears['helloHeard']>, { zoneId, agentId }: MessageContext): Promise<void> {
    return this.hearing.hello(zoneId, agentId, hello);
  }

  @HandlePublished(schedulerHears.readyHeard)
  async ready(sign: MessageOf<Hears['readyHeard']>, { zoneId, agentId }: MessageContext): Promise<void> {
    this.hearing.sign(zoneId, agentId, sign);
  }

  @HandlePublished(schedulerHears.stampHeard)
  async stamp(sign: MessageOf<Hears['stampHeard']>, { zoneId, agentId }: MessageContext): Promise<void> {
    this.hearing.sign(zoneId, agentId, sign);
  }

  @HandlePublished(schedulerHears.goodbyeHeard)
  async goodbye({ session }: MessageOf<Hears['goodbyeHeard']>, { zoneId, agentId }: MessageContext): Promise<void> {
    this.hearing.goodbye(zoneId, agentId, session);
  }
}
