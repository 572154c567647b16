import { Body, Controller, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, CallerAddress } from '../auth/caller.decorator.js';
import type { Principal } from '../auth/principal.js';
import { Answers } from '../http/answers.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { AnswersETag, HeedsIfMatch, IfRevision } from '../http/revision.decorator.js';
import { OwnAccountService } from './own-account.service.js';
import { ChangePassword, UpdateMe } from './user-requests.js';
import { User } from './user-schemas.js';

@ApiTags('users')
@Controller('users/me')
export class OwnAccountController {
  constructor(private readonly account: OwnAccountService) {}

  @Get()
  @AnswersETag()
  @Answers(200, User, 'Who the session or API token belongs to')
  get(@Query({ schema: NoFields }) _query: NoFields, @Caller() caller: Principal): Promise<User> {
    return this.account.get(caller);
  }

  @Patch()
  @AnswersETag()
  @HeedsIfMatch()
  @Answers(200, User, 'Changes what people say of themselves')
  update(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: UpdateMe }) changes: UpdateMe,
    @Caller() caller: Principal,
    @IfRevision() revision: number | undefined,
  ): Promise<User> {
    return this.account.update(caller, revision, changes);
  }

  @Post('password')
  @HttpCode(200)
  @AnswersETag()
  @Answers(200, User, 'Changes the own password, and ends all other sessions of the user', ['WRONG_STATE'])
  changePassword(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: ChangePassword }) body: ChangePassword,
    @Caller() caller: Principal,
    @CallerAddress() address: string,
  ): Promise<User> {
    return this.account.changePassword(caller, address, body);
  }
}
