import type { Claim } from '@klevr/contracts/provision';
import { Injectable } from '@nestjs/common';
import { WorkersStore } from '../hosts/workers.store.js';
import { WorkerClaimClient } from './worker-claim.client.js';

/** `soon`: somebody answered who cannot have it now, and another may. */
export type WorkerChoice = { readonly agentId: string } | { readonly message: string; readonly soon: boolean };

/** Of a group of workers one is asked, whichever it is: what it says, or that it says nothing, tells nothing of the others. */
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
    let silent = false;
    for (let asked = 0; asked < askedTimes; asked++) {
      const reply = await this.client.ask(zoneId, claim);
      if (reply === 'nobody') break;
      if (reply === 'silence') silent = true;
      else if (!(await this.workers.takesWork(zoneId, reply))) soon = true;
      else if (full.has(reply.agentId)) second = reply.agentId;
      else return { agentId: reply.agentId };
    }
    return second === undefined ? { message: whyNobody(claim, { soon, silent }), soon } : { agentId: second };
  }
}

const whyNobody = ({ driver, engine }: Claim, { soon, silent }: { soon: boolean; silent: boolean }): string => {
  const what = engine === null ? `takes ${driver} operations` : `has the ${driver} engine ${engine}`;
  if (soon) return `of the workers of the zone, one that ${what} answers, but is drained or has not said hello yet`;
  return silent ? `no worker of the zone that ${what} answers now` : `no worker of the zone ${what} now`;
};
