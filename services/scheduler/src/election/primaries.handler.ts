import { Controller } from '@nestjs/common';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandleRequest } from '@klevr/messaging/decorators';
import { PrimariesService } from './primaries.service.js';
import { TermsService } from './terms.service.js';

type Rpc = typeof schedulerRpc;

@Controller()
export class PrimariesHandler {
  constructor(
    private readonly primaries: PrimariesService,
    private readonly terms: TermsService,
  ) {}

  @HandleRequest(schedulerRpc.getPrimary)
  getPrimary({ zone }: RequestOf<Rpc['getPrimary']>): Promise<ReplyOf<Rpc['getPrimary']>> {
    return this.primaries.get(zone);
  }

  @HandleRequest(schedulerRpc.handOver)
  handOver({ zone, agentId, idempotency }: RequestOf<Rpc['handOver']>): Promise<ReplyOf<Rpc['handOver']>> {
    return this.primaries.handOver(zone, agentId, idempotency);
  }

  @HandleRequest(schedulerRpc.listTerms)
  listTerms({ zone, ...query }: RequestOf<Rpc['listTerms']>): Promise<ReplyOf<Rpc['listTerms']>> {
    return this.terms.list(zone, query);
  }
}
