import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import type { Idempotency } from '@klevr/contracts/contract';
import { ApiTokenId } from '@klevr/contracts/ids';
import { ApiTags } from '@nestjs/swagger';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf } from '../http/idempotency.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { AnswersETag, HeedsIfMatch, IfRevision } from '../http/revision.decorator.js';
import { ApiToken, ApiTokenPage, CreateApiToken, CreatedApiToken, ListApiTokens, UpdateApiToken } from './api-token-schemas.js';
import { ApiTokensService } from './api-tokens.service.js';
import { Caller } from './caller.decorator.js';
import type { Principal } from './principal.js';

@ApiTags('tokens')
@Controller('tokens')
export class ApiTokensController {
  constructor(private readonly tokens: ApiTokensService) {}

  @Post()
  @Header('cache-control', 'no-store')
  @AnswersETag(201)
  @IdempotentAnswers(
    201,
    CreatedApiToken,
    'Makes an API token with some of the rights of the caller. The token is in this answer and never again. It needs a session: a token makes no tokens',
    ['SECRET_SHOWN_ONCE', 'CONFLICT', 'FORBIDDEN'],
  )
  create(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: CreateApiToken }) body: CreateApiToken,
    @Caller() caller: Principal,
    @IdempotencyOf() key: Idempotency | undefined,
  ): Promise<CreatedApiToken> {
    return this.tokens.create(caller, body, key);
  }

  @Get()
  @Answers(
    200,
    ApiTokenPage,
    'Lists the API tokens of the caller, the latest first; for admins of all zones also those of another user, or all',
    ['FORBIDDEN'],
  )
  list(@Query({ schema: ListApiTokens }) query: ListApiTokens, @Caller() caller: Principal): Promise<ApiTokenPage> {
    return this.tokens.list(caller, query);
  }

  @Get(':id')
  @AnswersETag()
  @Answers(200, ApiToken, 'Tells about an API token of the caller; for admins of all zones also about that of another user')
  get(
    @Param('id', { schema: ApiTokenId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Caller() caller: Principal,
  ): Promise<ApiToken> {
    return this.tokens.get(caller, id);
  }

  @Patch(':id')
  @AnswersETag()
  @HeedsIfMatch()
  @Answers(200, ApiToken, 'Renames an API token. What it may do stays: for anything else make another one')
  update(
    @Param('id', { schema: ApiTokenId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: UpdateApiToken }) { name }: UpdateApiToken,
    @Caller() caller: Principal,
    @IfRevision() revision: number | undefined,
  ): Promise<ApiToken> {
    return this.tokens.rename(caller, id, name, revision);
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers(204, undefined, 'Revokes an API token: at once, at every replica. For admins of all zones also that of another user')
  revoke(
    @Param('id', { schema: ApiTokenId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Caller() caller: Principal,
  ): Promise<void> {
    return this.tokens.revoke(caller, id);
  }
}
