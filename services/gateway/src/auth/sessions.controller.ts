import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { LoginId } from '@klevr/contracts/ids';
import { ApiTags } from '@nestjs/swagger';
import { Answers, PublicAnswers } from '../http/answers.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { Caller, CallerAddress, CurrentToken, UserAgent } from './caller.decorator.js';
import type { Principal } from './principal.js';
import { CreatedSession, CreateSession, ListSessions, RenewedSession, SessionPage } from './session-schemas.js';
import { SessionsService } from './sessions.service.js';
import { SignInService } from './sign-in.service.js';

@ApiTags('sessions')
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly signIns: SignInService,
    private readonly sessions: SessionsService,
  ) {}

  @Post()
  @PublicAnswers(201, CreatedSession, 'Signs in. The token is in this answer and never again', ['BAD_CREDENTIALS', 'CONFLICT'])
  create(
    @Body({ schema: CreateSession }) body: CreateSession,
    @CallerAddress() address: string,
    @UserAgent() userAgent: string | undefined,
  ): Promise<CreatedSession> {
    return this.signIns.signIn(body, { address, userAgent });
  }

  @Post('current/renew')
  @Answers(
    201,
    RenewedSession,
    'Gives the session another token, which is in this answer and never again. The old one is good for 30 s more; whoever uses it after that ends the session',
    ['WRONG_STATE'],
  )
  renew(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @Caller() caller: Principal,
    @CurrentToken() token: string,
  ): Promise<RenewedSession> {
    return this.sessions.renew(caller, token);
  }

  @Get()
  @Answers(200, SessionPage, 'Lists the open sessions of the caller; for admins of all zones also those of another user')
  list(@Query({ schema: ListSessions }) query: ListSessions, @Caller() caller: Principal): Promise<SessionPage> {
    return this.sessions.list(caller, query);
  }

  @Delete('current')
  @HttpCode(204)
  @Answers(204, undefined, 'Signs out: at once, at every replica')
  signOut(@Caller() { id }: Principal): Promise<void> {
    return this.sessions.signOut(id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers(204, undefined, 'Ends a session of the caller; for admins of all zones also that of another user')
  end(
    @Param('id', { schema: LoginId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Caller() caller: Principal,
  ): Promise<void> {
    return this.sessions.end(caller, id);
  }

  @Delete()
  @HttpCode(204)
  @Answers(204, undefined, 'Ends all other sessions of the caller')
  endOtherSessions(@Query({ schema: NoFields }) _query: NoFields, @Caller() caller: Principal): Promise<void> {
    return this.sessions.endOthers(caller);
  }
}
