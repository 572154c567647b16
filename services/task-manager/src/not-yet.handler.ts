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
}
