import { Injectable } from '@nestjs/common';
import type { HostFacts } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import type { Hello } from '@klevr/contracts/presence';
import { sameConn } from '@klevr/election/settlement-types';
import { connOf } from '../election/candidates.source.js';
import { AgentProber, type ProbeAnswer } from '../hosts/agent.prober.js';
import { AgentsStore } from '../hosts/agents.store.js';
import { Roster } from '../hosts/roster.js';
import { ViolationsService } from '../hosts/violations.service.js';
import { ConnectionsWatcher } from './connections.watcher.js';
import { cloneRefusals } from './liveness.metrics.js';

/**
 * Two machines with one identity, as of a cloned disk. Promises: the one that is there first stays untouched while it answers; a restart is not held
 * up where the server has shown that the connection of the life before was cut, and by a second at most otherwise. Does not: tell apart two
 * machines that go on with one session, as copies of a running machine do; their connections replace each other.
 */
@Injectable()
export class CloneGuard {
  constructor(
    private readonly agents: AgentsStore,
    private readonly roster: Roster,
    private readonly prober: AgentProber,
    private readonly connections: ConnectionsWatcher,
    private readonly violations: ViolationsService,
  ) {}

  /** Throws CLONE_REFUSED where another process of this agent is there. */
  async admit(zoneId: string, agentId: string, hello: Hello): Promise<void> {
    // One that goes on with its session asks nothing of the database here.
    if (hello.session !== null && this.roster.find(agentId)?.session === hello.session) return;
    const row = await this.agents.find(agentId);
    if (!row || row.session === null || row.session === hello.session || row.status === 'left') return;
    const conn = connOf(row);
    // The same connection is the same process, which asks for a new session.
    if (conn === undefined || sameConn(conn, hello.conn) || this.connections.wasCut(conn)) return;
    const cut = this.connections.whenCut(conn);
    const dead = cut.happened.then((): ProbeAnswer => 'dead');
    const answer = await Promise.race([this.prober.agent(zoneId, agentId, row.session), dead]).finally(cut.stop);
    if (answer !== 'alive') return;
    cloneRefusals.inc();
    const [first, second] = [placeOf(row.facts), placeOf(hello.facts)];
    await this.violations.cloneRefused({ zoneId, agentId, first, second });
    throw new AppError(
      'CLONE_REFUSED',
      `Another machine with the identity of ${agentId} is online: ${textOf(first)}; this one is ${textOf(second)}. ` +
        'One of them has to be joined anew, with a state folder of its own',
    );
  }
}

export interface Place {
  readonly hostname: string;
  readonly addresses: readonly string[];
}

const placeOf = (facts: Partial<Pick<HostFacts, 'hostname' | 'addresses'>>): Place => ({
  hostname: facts.hostname ?? 'unknown',
  addresses: facts.addresses ?? [],
});

const textOf = ({ hostname, addresses }: Place): string => `${hostname} (${addresses.join(', ') || 'no address'})`;
