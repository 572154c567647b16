import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { type Actor, type Idempotency, PageQuery, type ReplyOf } from '@klevr/contracts/contract';
import { CreateCredential, Credential, CredentialName, UpdateCredential } from '@klevr/contracts/credential';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { ZoneRef } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor } from '../auth/caller.decorator.js';
import { Answers, IdempotentAnswers } from '../http/answers.decorator.js';
import { IdempotencyOf, withIdempotency } from '../http/idempotency.decorator.js';
import { NoFields } from '../http/no-fields.js';

const { createCredential, listCredentials, updateCredential, deleteCredential } = taskManagerRpc;

/** Values go in and never out: no answer has one. */
@ApiTags('credentials')
@Controller('zones/:zone/credentials')
export class CredentialsController {
  constructor(private readonly bus: Bus) {}

  @Post()
  @IdempotentAnswers(201, Credential, 'Keeps a secret of a zone under a name that tasks can use; its value is never told again', [
    'CONFLICT',
  ])
  create(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: CreateCredential }) credential: CreateCredential,
    @CurrentActor() actor: Actor,
    @IdempotencyOf('value') key: Idempotency | undefined,
  ): Promise<Credential> {
    return call(this.bus, createCredential, { actor, zone, credential, ...withIdempotency(key) });
  }

  @Get()
  @Answers(200, listCredentials.reply, 'Lists the secrets of a zone, without their values')
  list(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Query({ schema: PageQuery.strict() }) query: PageQuery,
  ): Promise<ReplyOf<typeof listCredentials>> {
    return call(this.bus, listCredentials, { ...query, zone });
  }

  @Patch(':name')
  @Answers(200, Credential, 'Changes a secret; runs that start from now on get the new value')
  update(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Param('name', { schema: CredentialName }) name: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: UpdateCredential }) changes: UpdateCredential,
    @CurrentActor() actor: Actor,
  ): Promise<Credential> {
    return call(this.bus, updateCredential, { actor, zone, name, changes });
  }

  @Delete(':name')
  @HttpCode(204)
  @Answers(204, undefined, 'Removes a secret; runs that would start with it wait and say so')
  async remove(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Param('name', { schema: CredentialName }) name: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await call(this.bus, deleteCredential, { actor, zone, name });
  }
}
