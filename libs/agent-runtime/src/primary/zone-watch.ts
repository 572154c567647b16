import { silentAfterBeats, type Report } from '@klevr/contracts/presence';

/**
 * Which agents of the zone are heard, as their primary sees it. Pure: times are seconds of a monotonic clock.
 * Promises: each change between heard and silent is told once; an agent that was silent for an hour is forgotten. Does not: know agents that it has
 * never heard; the centre does.
 */
type Sighting = Report['agents'][number];
interface Heard {
  session: string;
  cpuLoad: number | undefined;
  at: number;
  silent: boolean;
}

const forgottenAfterSeconds = 3_600;

export class ZoneWatch {
  private readonly agents = new Map<string, Heard>();

  /** Answers the change where there is one. */
  heard(agentId: string, session: string, now: number, cpuLoad?: number): Sighting | undefined {
    const known = this.agents.get(agentId);
    this.agents.set(agentId, { session, cpuLoad, at: now, silent: false });
    return known?.silent === true ? { agentId, session, state: 'heard', lastHeardMsAgo: 0 } : undefined;
  }

  /** The agents that have fallen silent since the last look. */
  fallenSilent(heartbeatSeconds: number, now: number): Sighting[] {
    const changes: Sighting[] = [];
    for (const [agentId, agent] of this.agents) {
      if (now - agent.at > forgottenAfterSeconds) this.agents.delete(agentId);
      else if (!agent.silent && now - agent.at > silentAfterBeats * heartbeatSeconds) {
        agent.silent = true;
        changes.push(sighting(agentId, agent, now));
      }
    }
    return changes;
  }

  /** With the load that each has told last. */
  all(now: number): Sighting[] {
    return [...this.agents].map(([agentId, agent]) => {
      const { cpuLoad } = agent;
      return { ...sighting(agentId, agent, now), ...(cpuLoad === undefined ? {} : { cpuLoad }) };
    });
  }

  clear(): void {
    this.agents.clear();
  }

  /** This agent itself could hear nobody for a while: who was heard before is given the time anew. */
  excuse(now: number): void {
    for (const agent of this.agents.values()) if (!agent.silent) agent.at = Math.max(agent.at, now);
  }
}

const sighting = (agentId: string, { session, at, silent }: Heard, now: number): Sighting => ({
  agentId,
  session,
  state: silent ? 'silent' : 'heard',
  lastHeardMsAgo: Math.max(0, Math.round((now - at) * 1000)),
});
