import { Injectable } from '@nestjs/common';
import type { Actor, Idempotency, ReplyOf, RequestInput } from '@klevr/contracts/contract';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import type { CreateResource, Resource } from '@klevr/contracts/resource';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { longCall } from '../http/long-call.js';

type Asked = RequestInput<typeof provisionerRpc.listResources>;

/** Which zone a name means is for the scheduler to say; the provisioner takes its id. */
@Injectable()
export class ZonedResourcesService {
  constructor(private readonly bus: Bus) {}

  async create(request: { actor: Actor; resource: CreateResource; idempotency?: Idempotency }): Promise<Resource> {
    const { id: zoneId, name: zoneName } = await call(this.bus, schedulerRpc.getZone, { zone: request.resource.zone });
    return call(this.bus, provisionerRpc.createResource, { ...request, zoneId, zoneName }, longCall);
  }

  async list({ zone, ...query }: Asked): Promise<ReplyOf<typeof provisionerRpc.listResources>> {
    const of = zone === undefined ? {} : { zone: (await call(this.bus, schedulerRpc.getZone, { zone })).id };
    return call(this.bus, provisionerRpc.listResources, { ...query, ...of });
  }
}
