import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, PublicAnswers } from '../http/answers.decorator.js';
import { CallerAddress, CurrentToken, CurrentUser } from './caller.decorator.js';
import { Public } from './public.decorator.js';
import { CreateSession, CreatedSession, User } from './session-schemas.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('sessions')
@Controller()
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Post('sessions')
  @Public()
  @PublicAnswers(201, CreatedSession, 'Signs in. The token is in this answer and never again')
  create(@Body({ schema: CreateSession }) body: CreateSession, @CallerAddress() address: string): Promise<CreatedSession> {
    return this.sessions.signIn(body, address);
  }

  @Delete('sessions/current')
  @HttpCode(204)
  @Answers(204, undefined, 'Signs out: at once at the replica that answers, within 5 seconds at the others')
  remove(@CurrentToken() token: string): Promise<void> {
    return this.sessions.signOut(token);
  }

  @Get('users/me')
  @Answers(200, User, 'Who the session belongs to')
  me(@CurrentUser() user: User): User {
    return user;
  }
}
