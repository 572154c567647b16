import { Body, Controller, Header, Param, Post, Query } from '@nestjs/common';
import { AgentCredentials, AskCredentials, Enroll, Enrolled } from '@klevr/contracts/agent';
import { AgentId } from '@klevr/contracts/ids';
import { ApiTags } from '@nestjs/swagger';
import { CallerAddress } from '../auth/caller.decorator.js';
import { PublicAnswers } from '../http/answers.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { AgentCredentialsService } from './agent-credentials.service.js';
import { HangUp } from './hang-up.decorator.js';
import { EnrolmentService } from './enrolment.service.js';

@ApiTags('agents')
@Controller()
export class EnrolmentController {
  constructor(
    private readonly enrolment: EnrolmentService,
    private readonly credentials: AgentCredentialsService,
  ) {}

  @Post('enroll')
  @Header('cache-control', 'no-store')
  @PublicAnswers(201, Enrolled, 'Lets a host join with a join token; used by agents', [
    'JOIN_TOKEN_REFUSED',
    'AGENT_REMOVED',
    'CONFLICT',
    'NOT_FOUND',
  ])
  enrollAgent(@Body({ schema: Enroll }) enroll: Enroll, @CallerAddress() address: string): Promise<Enrolled> {
    return this.enrolment.enroll(enroll, address);
  }

  @Post('agents/:id/credentials')
  @Header('cache-control', 'no-store')
  @PublicAnswers(201, AgentCredentials, 'Gives an agent its NATS credentials, proved by a signature of its key; used by agents', [
    'UNAUTHENTICATED',
    'NOT_APPROVED',
    'AGENT_REMOVED',
  ])
  giveAgentCredentials(
    @Param('id', { schema: AgentId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: AskCredentials }) ask: AskCredentials,
    @HangUp() hangUp: AbortSignal,
  ): Promise<AgentCredentials> {
    return this.credentials.give(id, ask, hangUp);
  }
}
