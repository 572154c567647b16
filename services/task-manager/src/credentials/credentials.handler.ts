import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { CredentialsService } from './credentials.service.js';

type Rpc = typeof taskManagerRpc;
type Asked<V extends keyof Rpc> = RequestOf<Rpc[V]>;
type Told<V extends keyof Rpc> = Promise<ReplyOf<Rpc[V]>>;

/** What the gateway asks about the secrets of zones. */
@Controller()
export class CredentialsHandler {
  constructor(private readonly credentials: CredentialsService) {}

  @HandleRequest(taskManagerRpc.createCredential)
  create({ actor, idempotency, zone, credential }: Asked<'createCredential'>, _context: MessageContext): Told<'createCredential'> {
    return this.credentials.create(actor.username, idempotency, zone, credential);
  }

  @HandleRequest(taskManagerRpc.listCredentials)
  list({ zone, cursor, limit }: Asked<'listCredentials'>, _context: MessageContext): Told<'listCredentials'> {
    return this.credentials.list(zone, cursor, limit);
  }

  @HandleRequest(taskManagerRpc.updateCredential)
  update({ zone, name, changes }: Asked<'updateCredential'>, _context: MessageContext): Told<'updateCredential'> {
    return this.credentials.change({ zone, name }, changes);
  }

  @HandleRequest(taskManagerRpc.deleteCredential)
  remove({ zone, name }: Asked<'deleteCredential'>, _context: MessageContext): Told<'deleteCredential'> {
    return this.credentials.remove({ zone, name });
  }
}
