import { Controller } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest } from '@klevr/messaging/decorators';

const notYet = (): never => {
  throw new AppError('UNAVAILABLE', 'Not there yet');
};

/** TEMPORARY: removed method by method as they are built. */
@Controller()
export class NotYetHandler {
  @HandleRequest(schedulerRpc.updateZone)
  async updateZone(): Promise<never> {
    return notYet();
  }

  @HandleRequest(schedulerRpc.deleteZone)
  async deleteZone(): Promise<never> {
    return notYet();
  }

  @HandleRequest(schedulerRpc.listIncidents)
  async listIncidents(): Promise<never> {
    return notYet();
  }

  @HandleRequest(schedulerRpc.closeIncident)
  async closeIncident(): Promise<never> {
    return notYet();
  }
}
