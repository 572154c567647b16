import { Controller, Get, Param, Query } from '@nestjs/common';
import { Agent } from '@klevr/contracts/agent';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { AgentId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { Answers } from '../http/answers.decorator.js';

const { listAgents, getAgent } = schedulerRpc;

@ApiTags('agents')
@Controller('agents')
export class AgentsController {
  constructor(private readonly bus: Bus) {}

  @Get()
  @Answers(200, listAgents.reply, 'Lists agents, of one zone or status or by labels if so asked')
  list(@Query({ schema: listAgents.request.strict() }) query: RequestOf<typeof listAgents>): Promise<ReplyOf<typeof listAgents>> {
    return call(this.bus, listAgents, query);
  }

  @Get(':id')
  @Answers(200, Agent, 'Tells about an agent')
  get(@Param('id', { schema: AgentId }) id: string): Promise<Agent> {
    return call(this.bus, getAgent, { id });
  }
}
