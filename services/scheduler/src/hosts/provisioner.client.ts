import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';

@Injectable()
export class ProvisionerClient {
  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  /** Of how many resources of the zone something may be left. Throws UNAVAILABLE while it is away: then nobody can say. */
  async resourcesOf(zoneId: string): Promise<number> {
    const asked = { zoneId, close: false, reason: 'asked whether it can be deleted' };
    return (await call(this.bus, provisionerRpc.zoneClosing, asked)).resources;
  }

  /** The zone is deleted: the records of its resources go at once. Where it is away it does so when it hears of the deletion. */
  async zoneDeleted(zoneId: string): Promise<void> {
    try {
      await call(this.bus, provisionerRpc.zoneClosing, { zoneId, close: true, reason: 'its zone was deleted' });
    } catch (error) {
      this.log.info({ zoneId, error }, 'the provisioner forgets the resources of a deleted zone later');
    }
  }
}
