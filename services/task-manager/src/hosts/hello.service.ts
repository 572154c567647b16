import type { ReplyOf } from '@klevr/contracts/contract';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { CommandSigner } from '../dispatch/command-signer.js';
import { runsEnded } from '../metrics.js';
import { WakeUps } from '../wake-ups.js';
import { HelloStore, type HelloRequest } from './hello.store.js';

/** An agent said hello: from now on its commands carry the new session. */
@Injectable()
export class HelloService {
  constructor(
    private readonly store: HelloStore,
    private readonly signer: CommandSigner,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async hello(request: HelloRequest): Promise<ReplyOf<typeof taskManagerRpc.agentHello>> {
    const { verdicts, stored } = await this.store.hello(request, new Date(this.clock.nowMs()));
    for (const status of stored.ended) runsEnded.inc({ status });
    this.wakeUps.zone(request.zoneId);
    this.wakeUps.stored(stored);
    return { verdicts, taskKeys: this.signer.publicKeys };
  }
}
