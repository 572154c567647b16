import { Body, Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Agent } from '@klevr/contracts/agent';
import type { Actor, Idempotency } from '@klevr/contracts/contract';
import { AgentId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor } from '../auth/caller.decorator.js';
import { IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { NoFields } from '../http/no-fields.js';

const { approveAgent, drainAgent, undrainAgent } = schedulerRpc;

@ApiTags('agents')
@Controller('agents/:id')
export class AgentActionsController {
  constructor(private readonly bus: Bus) {}

  @Post('approve')
  @HttpCode(202)
  @IdempotentAnswers(202, Agent, 'Lets a pending agent in; it gets its credentials at once if it waits for them', ['WRONG_STATE'])
  approve(
    @Param('id', { schema: AgentId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Agent> {
    return call(this.bus, approveAgent, { actor, id, ...withIdempotency(key) });
  }

  @Post('drain')
  @HttpCode(202)
  @IdempotentAnswers(202, Agent, 'Lets an agent finish what runs and gives it nothing new')
  drain(
    @Param('id', { schema: AgentId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Agent> {
    return call(this.bus, drainAgent, { actor, id, ...withIdempotency(key) });
  }

  @Post('undrain')
  @HttpCode(202)
  @IdempotentAnswers(202, Agent, 'Gives a drained agent work again')
  undrain(
    @Param('id', { schema: AgentId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<Agent> {
    return call(this.bus, undrainAgent, { actor, id, ...withIdempotency(key) });
  }
}
