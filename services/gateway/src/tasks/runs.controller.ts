import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, StreamableFile } from '@nestjs/common';
import type { Actor } from '@klevr/contracts/contract';
import { RunId } from '@klevr/contracts/ids';
import { Run } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiHeader, ApiProduces, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentActor, Caller, CurrentToken } from '../auth/caller.decorator.js';
import type { Principal } from '../auth/principal.js';
import { LastEventId } from '../events/last-event-id.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { LogFollowsService } from './log-follows.service.js';
import { ReadLogs } from './log-query.js';
import { RunLogsService } from './run-logs.service.js';

@ApiTags('tasks')
@Controller('runs')
export class RunsController {
  constructor(
    private readonly bus: Bus,
    private readonly logs: RunLogsService,
    private readonly follows: LogFollowsService,
  ) {}

  @Get(':id')
  @Answers(200, Run, 'Tells about a run, with its attempts and steps')
  get(@Param('id', { schema: RunId }) id: string, @Query({ schema: NoFields }) _query: NoFields): Promise<Run> {
    return call(this.bus, taskManagerRpc.getRun, { id });
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @Answers(202, Run, 'Asks for a run to be canceled; it is once its agent confirms, or has surely not begun', ['WRONG_STATE'])
  cancel(
    @Param('id', { schema: RunId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: NoFields }) _body: NoFields,
    @CurrentActor() actor: Actor,
  ): Promise<Run> {
    return call(this.bus, taskManagerRpc.cancelRun, { actor, id });
  }

  @Get(':id/logs')
  @Header('cache-control', 'no-store')
  // nginx would gather the events in its own buffer.
  @Header('x-accel-buffering', 'no')
  @ApiProduces('text/plain', 'text/event-stream')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'With `follow`: the id of the last event that was received; what came after it is sent first',
    schema: { type: 'string', pattern: '^\\d{1,15}$' },
  })
  @Answers(
    200,
    z.string(),
    'What the steps of a run wrote so far, byte by byte, both streams in the order of their arrival. With `follow=true` as server-sent events: `chunk` tells ' +
      '{seq, attempt, step, stream, at, text (or base64, where it is not UTF-8 by itself), cut}, its `id` is its place; `end` tells {reason, detail, status}: ' +
      '`finished` once the run has ended and all is sent, else why this server ends the stream. A comment with the present place is sent each 15 seconds',
  )
  async readRunLogs(
    @Param('id', { schema: RunId }) id: string,
    @Query({ schema: ReadLogs }) query: ReadLogs,
    @LastEventId() resumeFrom: number | undefined,
    @Caller() principal: Principal,
    @CurrentToken() token: string,
  ): Promise<StreamableFile> {
    if (query.follow === 'false') return new StreamableFile(await this.logs.text(id, query), { type: 'text/plain; charset=utf-8' });
    const afterSeq = resumeFrom ?? Number(query.lastEventId ?? 0);
    return new StreamableFile(await this.follows.follow({ principal, token }, id, query, afterSeq), { type: 'text/event-stream' });
  }
}
