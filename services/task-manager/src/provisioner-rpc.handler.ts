import type { Task } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import type { OperationTask } from './tasks/operation-task.js';
import { OperationTaskService } from './tasks/operation-task.service.js';

/** What the provisioner asks. */
@Controller()
export class ProvisionerRpcHandler {
  constructor(private readonly operations: OperationTaskService) {}

  @HandleRequest(taskManagerRpc.createOperationTask)
  createOperationTask(operation: OperationTask, _context: MessageContext): Promise<Task> {
    return this.operations.create(operation);
  }
}
