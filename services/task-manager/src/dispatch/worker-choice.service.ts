import type { Claim } from '@klevr/contracts/provision';
import { Injectable } from '@nestjs/common';
import { WorkersStore } from '../hosts/workers.store.js';
import { WorkerClaimClient } from './worker-claim.client.js';

/** `soon`: somebody answered who cannot have it now, and another may. */
export type WorkerChoice = { readonly agentId: string } | { readonly message: string; readonly soon: boolean };

/** A group of workers answers in turns, so one that cannot have it says nothing of the others. */
const askedTimes = 3;

/**
 * Finds the worker for an operation: who takes it says so itself, and is believed only where this service knows it as a worker of the zone that is online, in that
 * session, and not drained. Any other answer is as none.
 */
@Injectable()
export class WorkerChoiceService {
  constructor(
    private readonly client: WorkerClaimClient,
    private readonly workers: WorkersStore,
  ) {}

  /** `full`: workers without room, which get it only where nobody else takes it. */
  async choose(zoneId: string, claim: Claim, full: ReadonlySet<string>): Promise<WorkerChoice> {
    let second: string | undefined;
    let soon = false;
    for (let asked = 0; asked < askedTimes; asked++) {
      const reply = await this.client.ask(zoneId, claim);
      if (reply === undefined) break;
      if (!(await this.workers.takesWork(zoneId, reply))) soon = true;
      else if (full.has(reply.agentId)) second = reply.agentId;
      else return { agentId: reply.agentId };
    }
    return second === undefined ? { message: nobody(claim, soon), soon } : { agentId: second };
  }
}

const nobody = ({ driver, engine }: Claim, soon: boolean): string => {
  const what = engine === null ? `takes ${driver} operations` : `has the ${driver} engine ${engine}`;
  return soon
    ? `of the workers of the zone, one that ${what} answers, but is drained or has not said hello yet`
    : `no worker of the zone ${what} now`;
};
