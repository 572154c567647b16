import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { type Actor, PageQuery, type ReplyOf } from '@klevr/contracts/contract';
import { ConcurrencyKey, ConcurrencyKeyName, SetConcurrencyKey } from '@klevr/contracts/governor';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { ZoneRef } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { CurrentActor } from '../auth/caller.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { NoFields } from '../http/no-fields.js';

const { listConcurrencyKeys, setConcurrencyKey, deleteConcurrencyKey } = taskManagerRpc;

@ApiTags('zones')
@Controller('zones/:zone/concurrency-keys')
export class ConcurrencyKeysController {
  constructor(private readonly bus: Bus) {}

  @Get()
  @Answers(
    200,
    listConcurrencyKeys.reply,
    'Lists the concurrency keys of a zone: how many runs each lets through, who holds it, how many wait',
  )
  list(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Query({ schema: PageQuery.strict() }) query: PageQuery,
  ): Promise<ReplyOf<typeof listConcurrencyKeys>> {
    return call(this.bus, listConcurrencyKeys, { ...query, zone });
  }

  @Put(':key')
  @Answers(200, ConcurrencyKey, 'Says how many runs with a key may be under way at once; one that was never set lets through one', [
    'WRONG_STATE',
  ])
  set(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Param('key', { schema: ConcurrencyKeyName }) key: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: SetConcurrencyKey }) { capacity }: SetConcurrencyKey,
    @CurrentActor() actor: Actor,
  ): Promise<ConcurrencyKey> {
    return call(this.bus, setConcurrencyKey, { actor, zone, key, capacity });
  }

  @Delete(':key')
  @HttpCode(204)
  @Answers(204, undefined, 'Forgets what was set for a key: it lets through one run at a time again')
  async remove(
    @Param('zone', { schema: ZoneRef }) zone: string,
    @Param('key', { schema: ConcurrencyKeyName }) key: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await call(this.bus, deleteConcurrencyKey, { actor, zone, key });
  }
}
