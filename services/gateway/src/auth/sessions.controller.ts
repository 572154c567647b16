import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, PublicAnswers } from '../http/answers.decorator.js';
import { CallerAddress, Caller } from './caller.decorator.js';
import { highestRole, type Principal } from './principal.js';
import { CreateSession, CreatedSession, User } from './session-schemas.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('sessions')
@Controller()
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Post('sessions')
  @PublicAnswers(201, CreatedSession, 'Signs in. The token is in this answer and never again')
  create(@Body({ schema: CreateSession }) body: CreateSession, @CallerAddress() address: string): Promise<CreatedSession> {
    return this.sessions.signIn(body, address);
  }

  @Delete('sessions/current')
  @HttpCode(204)
  @Answers(204, undefined, 'Signs out: at once, at every replica')
  remove(@Caller() { id }: Principal): Promise<void> {
    return this.sessions.signOut(id);
  }

  @Get('users/me')
  @Answers(200, User, 'Who the session belongs to')
  me(@Caller() { userId, username, grants }: Principal): User {
    return { id: userId, username, role: highestRole(grants), grants: [...grants] };
  }
}
