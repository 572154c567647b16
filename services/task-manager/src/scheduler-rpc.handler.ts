import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { HelloService } from './hosts/hello.service.js';
import { ZoneClosingService } from './hosts/zone-closing.service.js';
import { CheckTaskService } from './tasks/check-task.service.js';
import { ScheduledTaskService } from './tasks/scheduled-task.service.js';

type Rpc = typeof taskManagerRpc;

/** What the scheduler asks. */
@Controller()
export class SchedulerRpcHandler {
  constructor(
    private readonly hellos: HelloService,
    private readonly closing: ZoneClosingService,
    private readonly scheduled: ScheduledTaskService,
    private readonly checks: CheckTaskService,
  ) {}

  @HandleRequest(taskManagerRpc.createScheduledTask)
  createScheduledTask(
    request: RequestOf<Rpc['createScheduledTask']>,
    _context: MessageContext,
  ): Promise<ReplyOf<Rpc['createScheduledTask']>> {
    return this.scheduled.create(request);
  }

  @HandleRequest(taskManagerRpc.checkTask)
  checkTask({ task }: RequestOf<Rpc['checkTask']>, _context: MessageContext): Promise<ReplyOf<Rpc['checkTask']>> {
    return this.checks.checkForLater(task);
  }

  @HandleRequest(taskManagerRpc.agentHello)
  agentHello(request: RequestOf<Rpc['agentHello']>, _context: MessageContext): Promise<ReplyOf<Rpc['agentHello']>> {
    return this.hellos.hello(request);
  }

  @HandleRequest(taskManagerRpc.zoneClosing)
  zoneClosing(request: RequestOf<Rpc['zoneClosing']>, _context: MessageContext): Promise<ReplyOf<Rpc['zoneClosing']>> {
    return this.closing.closing(request);
  }
}
