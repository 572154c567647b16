import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import type { Idempotency } from '@klevr/contracts/contract';
import { UserId } from '@klevr/contracts/ids';
import { ApiTags } from '@nestjs/swagger';
import { Caller } from '../auth/caller.decorator.js';
import type { Principal } from '../auth/principal.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf } from '../http/idempotency.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { AnswersETag, HeedsIfMatch, IfRevision } from '../http/revision.decorator.js';
import { viewOf } from './stored-user.js';
import { UserAdminService } from './user-admin.service.js';
import { CreatedUser, CreateUser, ListUsers, ResetPassword, UpdateUser, UserPage } from './user-requests.js';
import { User } from './user-schemas.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly admin: UserAdminService,
  ) {}

  @Post()
  @AnswersETag(201)
  @IdempotentAnswers(
    201,
    CreatedUser,
    'Makes a user: with a password, with a generated one (in this answer and never again), or for signing in elsewhere',
    ['CONFLICT', 'SECRET_SHOWN_ONCE'],
  )
  create(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: CreateUser }) body: CreateUser,
    @Caller() caller: Principal,
    @IdempotencyOf('password') key: Idempotency | undefined,
  ): Promise<CreatedUser> {
    return this.admin.create(caller, body, key);
  }

  @Get()
  @Answers(200, UserPage, 'Lists the users')
  list(@Query({ schema: ListUsers }) query: ListUsers): Promise<UserPage> {
    return this.users.list(query);
  }

  @Get(':id')
  @AnswersETag()
  @Answers(200, User, 'Tells about a user')
  async get(@Param('id', { schema: UserId }) id: string, @Query({ schema: NoFields }) _query: NoFields): Promise<User> {
    return viewOf(await this.users.get(id));
  }

  @Patch(':id')
  @AnswersETag()
  @HeedsIfMatch()
  @Answers(200, User, 'Changes a user; what they may do from then on holds at once, for open sessions and API tokens too', ['WRONG_STATE'])
  update(
    @Param('id', { schema: UserId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: UpdateUser }) changes: UpdateUser,
    @Caller() caller: Principal,
    @IfRevision() revision: number | undefined,
  ): Promise<User> {
    return this.admin.update(caller, id, revision, changes);
  }

  @Delete(':id')
  @HttpCode(204)
  @HeedsIfMatch()
  @Answers(204, undefined, 'Removes a user with their sessions and API tokens', ['WRONG_STATE'])
  remove(
    @Param('id', { schema: UserId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @IfRevision() revision: number | undefined,
  ): Promise<void> {
    return this.users.remove(id, revision);
  }

  @Post(':id/password')
  @HttpCode(200)
  @AnswersETag()
  @IdempotentAnswers(
    200,
    CreatedUser,
    'Gives a user another password, and ends all of their sessions. A generated one is in this answer and never again',
    ['SECRET_SHOWN_ONCE'],
  )
  resetPassword(
    @Param('id', { schema: UserId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: ResetPassword }) body: ResetPassword,
    @IdempotencyOf('password') key: Idempotency | undefined,
  ): Promise<CreatedUser> {
    return this.admin.resetPassword(id, body, key);
  }
}
