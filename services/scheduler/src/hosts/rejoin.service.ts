import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import type { AgentRow } from '../tables/agent.entity.js';
import { AgentProber } from './agent.prober.js';
import { EnrolmentStore } from './enrolment.store.js';

export interface JoiningHost {
  readonly tokenHash: string;
  readonly publicKey: string;
  readonly machineId: string | undefined;
  readonly at: Date;
}

/** Finds the agent that a wiped host was before. A machine id is no secret and clones share it, so whoever answers is never replaced. */
@Injectable()
export class RejoinService {
  constructor(
    private readonly store: EnrolmentStore,
    private readonly prober: AgentProber,
  ) {}

  /** Undefined: it joins as a new one. CONFLICT where the agent of this machine is there, or it cannot be told which of several it was. */
  async findBefore({ tokenHash, publicKey, machineId, at }: JoiningHost): Promise<AgentRow | undefined> {
    if (machineId === undefined) return undefined;
    const agents = await this.store.onMachine(tokenHash, machineId, publicKey, at);
    const answers = await Promise.all(agents.map(async ({ id, zoneId }) => ({ id, answer: await this.prober.agent(zoneId, id) })));
    const alive = answers.find(({ answer }) => answer === 'alive');
    if (alive) throw new AppError('CONFLICT', `The agent ${alive.id} has the same machine id and is online`);
    if (answers.some(({ answer }) => answer === 'unknown')) {
      throw new AppError('UNAVAILABLE', 'Whether the agent of this machine is online cannot be told now', { retryAfterSeconds: 2 });
    }
    if (agents.length > 1) {
      const ids = agents.map(({ id }) => id).join(', ');
      throw new AppError('CONFLICT', `Several agents of the zone have this machine id: ${ids}; remove those that are no more`);
    }
    return agents[0];
  }
}
