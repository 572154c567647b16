import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';

const notYet = (): never => {
  throw new AppError('UNAVAILABLE', 'This part of the service is not there yet');
};

/** Contracts whose handlers are still to come: each is removed from here when its own handler is there. */
@Controller()
export class NotYetHandler {
  @HandleRequest(schedulerRpc.previewTarget)
  previewTarget(_request: unknown, _context: MessageContext): never {
    return notYet();
  }

  @HandleRequest(schedulerRpc.hostHealth)
  hostHealth(_request: unknown, _context: MessageContext): never {
    return notYet();
  }
}
