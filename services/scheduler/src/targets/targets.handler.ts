import { Controller } from '@nestjs/common';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest } from '@klevr/messaging/decorators';
import { HostHealthService } from './host-health.service.js';
import { TargetPreviewService } from './target-preview.service.js';

type Rpc = typeof schedulerRpc;

@Controller()
export class TargetsHandler {
  constructor(
    private readonly previews: TargetPreviewService,
    private readonly health: HostHealthService,
  ) {}

  @HandleRequest(schedulerRpc.previewTarget)
  previewTarget({ zone, target }: RequestOf<Rpc['previewTarget']>): Promise<ReplyOf<Rpc['previewTarget']>> {
    return this.previews.preview(zone, target);
  }

  @HandleRequest(schedulerRpc.hostHealth)
  hostHealth({ zoneId, agentIds }: RequestOf<Rpc['hostHealth']>): Promise<ReplyOf<Rpc['hostHealth']>> {
    return this.health.of(zoneId, agentIds);
  }
}
