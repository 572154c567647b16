import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { OperationsService } from './resources/operations.service.js';
import { ResourcesService } from './resources/resources.service.js';
import { ZoneClosingService } from './resources/zone-closing.service.js';

const rpc = provisionerRpc;
type Rpc = typeof provisionerRpc;
type Asked<V extends keyof Rpc> = RequestOf<Rpc[V]>;
type Told<V extends keyof Rpc> = Promise<ReplyOf<Rpc[V]>>;

/** What the gateway asks about resources, and the scheduler about those of a zone. */
@Controller()
export class RpcHandler {
  constructor(
    private readonly resources: ResourcesService,
    private readonly operations: OperationsService,
    private readonly closing: ZoneClosingService,
  ) {}

  @HandleRequest(rpc.createResource)
  createResource(request: Asked<'createResource'>, _context: MessageContext): Told<'createResource'> {
    return this.resources.create(request);
  }

  @HandleRequest(rpc.listResources)
  listResources(query: Asked<'listResources'>, _context: MessageContext): Told<'listResources'> {
    return this.resources.list(query);
  }

  @HandleRequest(rpc.getResource)
  getResource({ id }: Asked<'getResource'>, _context: MessageContext): Told<'getResource'> {
    return this.resources.get(id);
  }

  @HandleRequest(rpc.updateResource)
  updateResource(request: Asked<'updateResource'>, _context: MessageContext): Told<'updateResource'> {
    return this.resources.update(request);
  }

  @HandleRequest(rpc.deleteResource)
  deleteResource(request: Asked<'deleteResource'>, _context: MessageContext): Told<'deleteResource'> {
    return this.resources.remove(request);
  }

  @HandleRequest(rpc.listRevisions)
  listRevisions(query: Asked<'listRevisions'>, _context: MessageContext): Told<'listRevisions'> {
    return this.resources.revisions(query);
  }

  @HandleRequest(rpc.planResource)
  planResource(request: Asked<'planResource'>, _context: MessageContext): Told<'planResource'> {
    return this.operations.plan(request);
  }

  @HandleRequest(rpc.applyResource)
  applyResource(request: Asked<'applyResource'>, _context: MessageContext): Told<'applyResource'> {
    return this.operations.apply(request);
  }

  @HandleRequest(rpc.destroyResource)
  destroyResource(request: Asked<'destroyResource'>, _context: MessageContext): Told<'destroyResource'> {
    return this.operations.destroy(request);
  }

  @HandleRequest(rpc.rollbackResource)
  rollbackResource(request: Asked<'rollbackResource'>, _context: MessageContext): Told<'rollbackResource'> {
    return this.operations.rollback(request);
  }

  @HandleRequest(rpc.refreshResource)
  refreshResource(request: Asked<'refreshResource'>, _context: MessageContext): Told<'refreshResource'> {
    return this.operations.refresh(request);
  }

  @HandleRequest(rpc.listOperations)
  listOperations(query: Asked<'listOperations'>, _context: MessageContext): Told<'listOperations'> {
    return this.operations.list(query);
  }

  @HandleRequest(rpc.getOperation)
  getOperation({ id }: Asked<'getOperation'>, _context: MessageContext): Told<'getOperation'> {
    return this.operations.get(id);
  }

  @HandleRequest(rpc.cancelOperation)
  cancelOperation(request: Asked<'cancelOperation'>, _context: MessageContext): Told<'cancelOperation'> {
    return this.operations.cancel(request);
  }

  @HandleRequest(rpc.zoneClosing)
  zoneClosing(request: Asked<'zoneClosing'>, _context: MessageContext): Told<'zoneClosing'> {
    return this.closing.closing(request);
  }
}
