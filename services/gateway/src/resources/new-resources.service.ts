import { Injectable } from '@nestjs/common';
import type { Actor, Idempotency } from '@klevr/contracts/contract';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import type { CreateResource, Resource } from '@klevr/contracts/resource';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { longCall } from '../http/long-call.js';

/** Which zone a name means is for the scheduler to say; the provisioner takes its id. */
@Injectable()
export class NewResourcesService {
  constructor(private readonly bus: Bus) {}

  async create(request: { actor: Actor; resource: CreateResource; idempotency?: Idempotency }): Promise<Resource> {
    const { id: zoneId, name: zoneName } = await call(this.bus, schedulerRpc.getZone, { zone: request.resource.zone });
    return call(this.bus, provisionerRpc.createResource, { ...request, zoneId, zoneName }, longCall);
  }
}
