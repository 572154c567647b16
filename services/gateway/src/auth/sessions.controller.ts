import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, PublicAnswers } from '../http/answers.decorator.js';
import { viewOf } from '../users/stored-user.js';
import { User } from '../users/user-schemas.js';
import { UsersService } from '../users/users.service.js';
import { Caller, CallerAddress, UserAgent } from './caller.decorator.js';
import type { Principal } from './principal.js';
import { CreateSession, CreatedSession } from './session-schemas.js';
import { SessionsService } from './sessions.service.js';
import { SignInService } from './sign-in.service.js';

@ApiTags('sessions')
@Controller()
export class SessionsController {
  constructor(
    private readonly signIns: SignInService,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
  ) {}

  @Post('sessions')
  @PublicAnswers(201, CreatedSession, 'Signs in. The token is in this answer and never again')
  create(
    @Body({ schema: CreateSession }) body: CreateSession,
    @CallerAddress() address: string,
    @UserAgent() userAgent: string | undefined,
  ): Promise<CreatedSession> {
    return this.signIns.signIn(body, { address, userAgent });
  }

  @Delete('sessions/current')
  @HttpCode(204)
  @Answers(204, undefined, 'Signs out: at once, at every replica')
  remove(@Caller() { id }: Principal): Promise<void> {
    return this.sessions.signOut(id);
  }

  @Get('users/me')
  @Answers(200, User, 'Who the session belongs to')
  async me(@Caller() { userId }: Principal): Promise<User> {
    return viewOf(await this.users.get(userId));
  }
}
