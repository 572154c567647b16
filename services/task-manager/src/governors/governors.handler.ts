import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { ConcurrencyKeysService } from './concurrency-keys.service.js';

const rpc = taskManagerRpc;
type Rpc = typeof taskManagerRpc;
type Asked<V extends keyof Rpc> = RequestOf<Rpc[V]>;
type Told<V extends keyof Rpc> = Promise<ReplyOf<Rpc[V]>>;

/** Named limits, as the gateway asks for them. */
@Controller()
export class GovernorsHandler {
  constructor(private readonly keys: ConcurrencyKeysService) {}

  @HandleRequest(rpc.listConcurrencyKeys)
  listConcurrencyKeys({ zone, ...query }: Asked<'listConcurrencyKeys'>, _context: MessageContext): Told<'listConcurrencyKeys'> {
    return this.keys.list(zone, query);
  }

  @HandleRequest(rpc.setConcurrencyKey)
  setConcurrencyKey({ zone, key, capacity }: Asked<'setConcurrencyKey'>, _context: MessageContext): Told<'setConcurrencyKey'> {
    return this.keys.set(zone, key, capacity);
  }

  @HandleRequest(rpc.deleteConcurrencyKey)
  deleteConcurrencyKey({ zone, key }: Asked<'deleteConcurrencyKey'>, _context: MessageContext): Told<'deleteConcurrencyKey'> {
    return this.keys.remove(zone, key);
  }
}
