import type { ReplyOf } from '@klevr/contracts/contract';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { CommandSigner } from '../dispatch/command-signer.js';
import { ZonePrimariesService } from '../dispatch/zone-primaries.service.js';
import { runsEnded } from '../metrics.js';
import { WakeUps } from '../wake-ups.js';
import { HelloStore, type HelloRequest } from './hello.store.js';

/** An agent said hello: from now on its commands carry the new session. */
@Injectable()
export class HelloService {
  constructor(
    private readonly store: HelloStore,
    private readonly signer: CommandSigner,
    private readonly primaries: ZonePrimariesService,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async hello(request: HelloRequest): Promise<ReplyOf<typeof taskManagerRpc.agentHello>> {
    const { verdicts, stored } = await this.store.hello(request, new Date(this.clock.nowMs()));
    for (const status of stored.ended) runsEnded.inc({ status });
    this.wakeUps.zone(request.zoneId);
    this.wakeUps.stored(stored);
    const { agentId, zoneId, session, challenge } = request;
    const answer = { verdicts, taskKeys: this.signer.publicKeys };
    if (challenge === undefined) return answer;
    const statement = { agentId, zoneId, session, challenge, issuedAtMs: this.clock.nowMs(), epoch: this.primaries.knownEpoch(zoneId) };
    return { ...answer, signed: await this.signer.signHello(statement, verdicts) };
  }
}
