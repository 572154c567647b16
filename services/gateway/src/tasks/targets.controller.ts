import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { PreviewTarget, TargetPreview } from '@klevr/contracts/target';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { Answers } from '../http/answers.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';

@ApiTags('tasks')
@Controller('targets')
export class TargetsController {
  constructor(private readonly bus: Bus) {}

  @Post('preview')
  @HttpCode(200)
  @Answers(200, TargetPreview, 'Tells who a target would hit now, and why the others of the zone would not be; changes nothing')
  preview(@Query({ schema: NoFields }) _query: NoFields, @Body({ schema: PreviewTarget }) preview: PreviewTarget): Promise<TargetPreview> {
    return call(this.bus, schedulerRpc.previewTarget, preview, longCall);
  }
}
