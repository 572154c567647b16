import { AppError } from '@klevr/contracts/errors';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';

const notYet = (): never => {
  throw new AppError('UNAVAILABLE', 'This part of the service is not there yet');
};

/** Contracts whose handlers are still to come: each is removed from here when its own handler is there. */
@Controller()
export class NotYetHandler {
  @HandleRequest(taskManagerRpc.createTasks)
  createTasks(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.createScheduledTask)
  createScheduledTask(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.checkTask)
  checkTask(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.retryTask)
  retryTask(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.cancelRun)
  cancelRun(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.createWebhook)
  createWebhook(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.listWebhooks)
  listWebhooks(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.getWebhook)
  getWebhook(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.updateWebhook)
  updateWebhook(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.deleteWebhook)
  deleteWebhook(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.listDeliveries)
  listDeliveries(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(taskManagerRpc.redeliver)
  redeliver(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleEvent(taskManagerConsumers.primaryEvents)
  primaryEvent(_event: unknown, _context: MessageContext): Promise<void> {
    return Promise.resolve();
  }

  @HandleEvent(taskManagerConsumers.scheduleEvents)
  scheduleEvent(_event: unknown, _context: MessageContext): Promise<void> {
    return Promise.resolve();
  }
}
