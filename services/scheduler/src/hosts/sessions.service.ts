import { Injectable } from '@nestjs/common';
import type { AgentKind } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { Hello } from '@klevr/contracts/presence';
import type { Preference } from '@klevr/election/settlement-types';
import { Clock } from '@klevr/platform/clock';
import { CloneGuard } from '../liveness/clone.guard.js';
import { DutyWatch } from '../liveness/duty.watch.js';
import { AgentsStore } from './agents.store.js';
import { HostPool } from './host-pool.service.js';
import { loadScoreOf } from './load-score.js';
import { preferenceOf } from './roster.js';

interface Granted {
  readonly session: string;
  readonly kind: AgentKind;
  readonly preference: Preference;
  readonly drained: boolean;
}

/** Which process of an agent is the valid one. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly agents: AgentsStore,
    private readonly pool: HostPool,
    private readonly clones: CloneGuard,
    private readonly duty: DutyWatch,
    private readonly clock: Clock,
  ) {}

  /** The session that it has, or a new one. Throws NOT_FOUND, and CLONE_REFUSED while another process of the agent answers. */
  async grant(zoneId: string, agentId: string, hello: Hello): Promise<Granted> {
    await this.clones.admit(zoneId, agentId, hello);
    const stored = await this.agents.hello({
      ...{ agentId, zoneId, askedSession: hello.session, newSession: newId('session'), journalId: hello.journalId },
      ...{ version: hello.version, facts: hello.facts, beaconUrl: hello.beaconUrl, conn: hello.conn, standing: hello.standing },
      ...{ loadScore: loadScoreOf(hello.load), sleptSeconds: hello.sleptSeconds, at: new Date(this.clock.nowMs()) },
    });
    const session = stored?.agent.session ?? undefined;
    if (stored === undefined || session === undefined) throw new AppError('NOT_FOUND', 'There is no such agent');
    await this.pool.changed(stored.agent);
    this.duty.helloHeard(zoneId, agentId, hello.load.cpu);
    const { kind, drained } = stored.agent;
    return { session, kind, preference: preferenceOf(stored.agent), drained };
  }
}
