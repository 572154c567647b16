import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { Idempotency } from '@klevr/contracts/contract';
import { InvitationId } from '@klevr/contracts/ids';
import { ApiTags } from '@nestjs/swagger';
import { Caller, CallerAddress, UserAgent } from '../auth/caller.decorator.js';
import type { Principal } from '../auth/principal.js';
import { CreatedSession } from '../auth/session-schemas.js';
import { Answers, IdempotentAnswers, PublicAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf } from '../http/idempotency.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { CreatedInvitation, CreateInvitation, InvitationPage, ListInvitations, SignUp } from './invitation-schemas.js';
import { InvitationsService } from './invitations.service.js';
import { SignUpService } from './sign-up.service.js';

@ApiTags('users')
@Controller()
export class InvitationsController {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly signUps: SignUpService,
  ) {}

  @Post('invitations')
  @IdempotentAnswers(
    201,
    CreatedInvitation,
    'Invites somebody: for admins of whatever is given, be it one zone. The token is in this answer and never again',
    ['FORBIDDEN', 'CONFLICT', 'SECRET_SHOWN_ONCE'],
  )
  create(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: CreateInvitation }) body: CreateInvitation,
    @Caller() caller: Principal,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<CreatedInvitation> {
    return this.invitations.create(caller, body, key);
  }

  @Get('invitations')
  @Answers(200, InvitationPage, 'Lists the invitations of the caller; for admins of all zones those of everybody')
  list(@Query({ schema: ListInvitations }) query: ListInvitations, @Caller() caller: Principal): Promise<InvitationPage> {
    return this.invitations.list(caller, query);
  }

  @Delete('invitations/:id')
  @HttpCode(204)
  @Answers(204, undefined, 'Revokes an invitation; whoever came in by it stays')
  revoke(
    @Param('id', { schema: InvitationId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Caller() caller: Principal,
  ): Promise<void> {
    return this.invitations.revoke(caller, id);
  }

  @Post('sign-up')
  @PublicAnswers(201, CreatedSession, 'Makes an account by an invitation, or for anybody where that is configured, and signs in', [
    'INVITATION_REFUSED',
    'CONFLICT',
    'FORBIDDEN',
  ])
  signUp(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: SignUp }) body: SignUp,
    @CallerAddress() address: string,
    @UserAgent() userAgent: string | undefined,
  ): Promise<CreatedSession> {
    return this.signUps.signUp(body, { address, userAgent });
  }
}
