import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { Agent, UpdateAgent } from '@klevr/contracts/agent';
import type { Actor, ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { AgentId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor, Scope, type Scoped } from '../auth/caller.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { AnswersETag, HeedsIfMatch, IfRevision, withRevision } from '../http/revision.decorator.js';

const { listAgents, getAgent, updateAgent, deleteAgent } = schedulerRpc;

/** The NATS servers have the revocation before this is answered. */
const DELETE_TIMEOUT_MS = 10_000;

@ApiTags('agents')
@Controller('agents')
export class AgentsController {
  constructor(private readonly bus: Bus) {}

  @Get()
  @Answers(200, listAgents.reply, 'Lists agents, of one zone or status or by labels if so asked')
  list(
    @Query({ schema: listAgents.request.omit({ scope: true }).strict() }) query: RequestOf<typeof listAgents>,
    @Scope() scope: Scoped,
  ): Promise<ReplyOf<typeof listAgents>> {
    return call(this.bus, listAgents, { ...query, ...scope });
  }

  @Get(':id')
  @AnswersETag()
  @Answers(200, Agent, 'Tells about an agent')
  get(@Param('id', { schema: AgentId }) id: string, @Query({ schema: NoFields }) _query: NoFields): Promise<Agent> {
    return call(this.bus, getAgent, { id });
  }

  @Patch(':id')
  @AnswersETag()
  @HeedsIfMatch()
  @Answers(200, Agent, 'Changes what operators say about an agent')
  update(
    @Param('id', { schema: AgentId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: UpdateAgent }) changes: UpdateAgent,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<Agent> {
    return call(this.bus, updateAgent, { actor, id, changes, ...withRevision(revision) });
  }

  @Delete(':id')
  @HttpCode(204)
  @HeedsIfMatch()
  @Answers(204, undefined, 'Removes an agent: its credentials end now, its connection is cut, and it needs a new join token to come back')
  async remove(
    @Param('id', { schema: AgentId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @CurrentActor() actor: Actor,
    @IfRevision() revision: number | undefined,
  ): Promise<void> {
    await call(this.bus, deleteAgent, { actor, id, ...withRevision(revision) }, { timeoutMs: DELETE_TIMEOUT_MS });
  }
}
