import { AppError } from '@klevr/contracts/errors';
import { Injectable } from '@nestjs/common';
import { ProvisionerClient } from '../hosts/provisioner.client.js';
import { TaskManagerClient } from '../hosts/task-manager.client.js';

/** What other services have in a zone. */
@Injectable()
export class ZoneTenants {
  constructor(
    private readonly taskManager: TaskManagerClient,
    private readonly provisioner: ProvisionerClient,
  ) {}

  /** Throws WRONG_STATE, and UNAVAILABLE where one of them cannot say. */
  async refuseInUse(zoneId: string): Promise<void> {
    const { openTasks } = await this.taskManager.zoneClosing(zoneId, false, 'asked whether it can be deleted');
    if (openTasks > 0) throw inUse(openTasks, 'open task', 'cancel them first');
    const resources = await this.provisioner.resourcesOf(zoneId);
    if (resources > 0) throw inUse(resources, 'resource', 'destroy them first');
  }

  async close(zoneId: string): Promise<void> {
    await this.taskManager.zoneClosing(zoneId, true, 'its zone is being deleted');
  }

  /** What resources made stays at the engines; nobody looks after it any more. */
  async deleted(zoneId: string): Promise<void> {
    await this.provisioner.zoneDeleted(zoneId);
  }
}

const inUse = (count: number, what: string, cure: string): AppError =>
  new AppError('WRONG_STATE', `The zone has ${count} ${count === 1 ? what : `${what}s`}; ${cure}, or force the deletion`);
