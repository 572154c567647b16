import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { Actor } from '@klevr/contracts/contract';
import { OperationId } from '@klevr/contracts/ids';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { Operation } from '@klevr/contracts/resource';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor } from '../auth/caller.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';

const { getOperation, cancelOperation } = provisionerRpc;

@ApiTags('resources')
@Controller('operations')
export class OperationsController {
  constructor(private readonly bus: Bus) {}

  @Get(':id')
  @Answers(200, Operation, 'Tells about an operation: its plan, what became of each change, and why it waits or how it ended')
  get(@Param('id', { schema: OperationId }) id: string, @Query({ schema: NoFields }) _query: NoFields): Promise<Operation> {
    return call(this.bus, getOperation, { id });
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @Answers(
    202,
    Operation,
    'Asks for an operation to be canceled; the change that is under way is finished first, and what was done stays',
    ['WRONG_STATE'],
  )
  cancel(
    @Param('id', { schema: OperationId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
  ): Promise<Operation> {
    return call(this.bus, cancelOperation, { actor, id }, longCall);
  }
}
