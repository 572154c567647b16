import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { RunId } from '@klevr/contracts/ids';
import { Run } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../http/answers.decorator.js';
import { RunLogsService } from './run-logs.service.js';

@ApiTags('tasks')
@Controller('runs')
export class RunsController {
  constructor(
    private readonly bus: Bus,
    private readonly logs: RunLogsService,
  ) {}

  @Get(':id')
  @Answers(200, Run, 'Tells about a run, with its attempts and steps')
  get(@Param('id', { schema: RunId }) id: string): Promise<Run> {
    return call(this.bus, taskManagerRpc.getRun, { id });
  }

  @Get(':id/logs')
  @ApiProduces('text/plain')
  @Answers(200, z.string(), 'What the steps of a run wrote so far, both streams in the order of their arrival')
  async readLogs(
    @Param('id', { schema: RunId }) id: string,
    @Query({ schema: z.strictObject({}) }) _query: object,
  ): Promise<StreamableFile> {
    return new StreamableFile(await this.logs.text(id), { type: 'text/plain; charset=utf-8' });
  }
}
