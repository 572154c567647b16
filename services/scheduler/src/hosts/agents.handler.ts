import { Controller } from '@nestjs/common';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest } from '@klevr/messaging/decorators';
import { TargetsService } from '../targets/targets.service.js';
import { AgentsService } from './agents.service.js';
import { CredentialsService } from './credentials.service.js';
import { EnrolmentService } from './enrolment.service.js';

type Rpc = typeof schedulerRpc;

@Controller()
export class AgentsHandler {
  constructor(
    private readonly agents: AgentsService,
    private readonly enrolment: EnrolmentService,
    private readonly credentials: CredentialsService,
    private readonly targets: TargetsService,
  ) {}

  @HandleRequest(schedulerRpc.enroll)
  enroll({ enroll }: RequestOf<Rpc['enroll']>): Promise<ReplyOf<Rpc['enroll']>> {
    return this.enrolment.enroll(enroll);
  }

  @HandleRequest(schedulerRpc.agentCredentials)
  agentCredentials({ id, ask }: RequestOf<Rpc['agentCredentials']>): Promise<ReplyOf<Rpc['agentCredentials']>> {
    return this.credentials.ask(id, ask);
  }

  @HandleRequest(schedulerRpc.listAgents)
  listAgents(query: RequestOf<Rpc['listAgents']>): Promise<ReplyOf<Rpc['listAgents']>> {
    return this.agents.list(query);
  }

  @HandleRequest(schedulerRpc.getAgent)
  getAgent({ id }: RequestOf<Rpc['getAgent']>): Promise<ReplyOf<Rpc['getAgent']>> {
    return this.agents.get(id);
  }

  @HandleRequest(schedulerRpc.resolveTarget)
  resolveTarget({ zone, target, avoid }: RequestOf<Rpc['resolveTarget']>): Promise<ReplyOf<Rpc['resolveTarget']>> {
    return this.targets.resolve(zone, target, avoid);
  }
}
