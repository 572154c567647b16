import { Controller } from '@nestjs/common';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerAsks } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { ElectionService } from '../election/election.service.js';
import { CredentialsService } from './credentials.service.js';
import { HelloService } from './hello.service.js';
import { PresenceService } from './presence.service.js';

type Asks = typeof schedulerAsks;

/** What agents ask. Zone and agent are those of the subject, which the NATS server lets only that agent publish on. */
@Controller()
export class AsksHandler {
  constructor(
    private readonly hellos: HelloService,
    private readonly election: ElectionService,
    private readonly presence: PresenceService,
    private readonly credentials: CredentialsService,
  ) {}

  @HandleRequest(schedulerAsks.hello)
  hello(hello: RequestOf<Asks['hello']>, { zoneId, agentId }: MessageContext): Promise<ReplyOf<Asks['hello']>> {
    return this.hellos.answer(zoneId, agentId, hello);
  }

  @HandleRequest(schedulerAsks.ready)
  ready(sign: RequestOf<Asks['ready']>, { zoneId, agentId }: MessageContext): Promise<ReplyOf<Asks['ready']>> {
    return this.election.sign({ zoneId, agentId, ...sign });
  }

  @HandleRequest(schedulerAsks.stamp)
  stamp(sign: RequestOf<Asks['stamp']>, { zoneId, agentId }: MessageContext): Promise<ReplyOf<Asks['stamp']>> {
    return this.election.sign({ zoneId, agentId, ...sign });
  }

  @HandleRequest(schedulerAsks.facts)
  async facts({ session, facts, beaconUrl }: RequestOf<Asks['facts']>, { agentId }: MessageContext): Promise<ReplyOf<Asks['facts']>> {
    await this.presence.facts(agentId, session, facts, beaconUrl);
    return {};
  }

  @HandleRequest(schedulerAsks.renew)
  renew(_renew: RequestOf<Asks['renew']>, { zoneId, agentId }: MessageContext): Promise<ReplyOf<Asks['renew']>> {
    return this.credentials.renew(agentId, zoneId);
  }

  @HandleRequest(schedulerAsks.goodbye)
  async goodbye({ session, reason }: RequestOf<Asks['goodbye']>, { zoneId, agentId }: MessageContext): Promise<ReplyOf<Asks['goodbye']>> {
    await this.presence.goodbye(zoneId, agentId, session, reason);
    return {};
  }
}
