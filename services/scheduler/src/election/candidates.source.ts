import { Injectable } from '@nestjs/common';
import { Log } from '@klevr/platform/log';
import { AgentsStore } from '../hosts/agents.store.js';
import { preferenceOf, Roster, rosterEntryOf, type RosterEntry } from '../hosts/roster.js';
import type { AgentRow } from '../tables/agent.entity.js';
import type { ConnectionId } from '@klevr/contracts/presence';
import type { Candidate, Preference } from '@klevr/election/settlement-types';

/** What the table knows of candidates: for the start, and for what another replica granted. */
@Injectable()
export class CandidatesSource {
  constructor(
    private readonly agents: AgentsStore,
    private readonly roster: Roster,
    private readonly log: Log,
  ) {}

  /** Undefined while the database is away. */
  async ofZone(zoneId: string): Promise<Candidate[] | undefined> {
    try {
      const rows = await this.agents.pool(zoneId);
      for (const row of rows) this.learn(row);
      return rows.filter(({ status, standing }) => status === 'online' && standing).map(candidateOf);
    } catch (error) {
      this.log.debug({ error, zoneId }, 'the candidates of a zone cannot be read now');
      return undefined;
    }
  }

  /** Undefined where the agent has none yet, or the database is away. */
  async sessionOf(agentId: string): Promise<string | undefined> {
    try {
      const row = await this.agents.find(agentId);
      if (row) this.learn(row);
      return row?.session ?? undefined;
    } catch (error) {
      this.log.warn({ error, agentId }, 'a candidate cannot be looked up now');
      return undefined;
    }
  }

  /** What the table grants the agent on this connection; undefined where that is another's, or the database is away. */
  async granted(agentId: string, conn: ConnectionId): Promise<{ session: string; preference: Preference } | undefined> {
    try {
      const row = await this.agents.find(agentId);
      if (row?.session === null || row?.connServer !== conn.serverId || row.connClient !== conn.clientId) return undefined;
      this.learn(row);
      return { session: row.session, preference: preferenceOf(row) };
    } catch (error) {
      this.log.warn({ error, agentId }, 'what a hello was granted cannot be read now');
      return undefined;
    }
  }

  /** The roster's entry, read from the table where this replica does not know the agent yet. */
  async entryOf(agentId: string): Promise<RosterEntry | undefined> {
    const known = this.roster.find(agentId);
    if (known) return known;
    await this.sessionOf(agentId);
    return this.roster.find(agentId);
  }

  private learn(row: AgentRow): void {
    this.roster.learn(rosterEntryOf(row));
  }
}

export const connOf = ({ connServer, connClient }: AgentRow): Candidate['conn'] =>
  connServer === null || connClient === null ? undefined : { serverId: connServer, clientId: connClient };

export const candidateOf = (row: AgentRow): Candidate => ({
  agentId: row.id,
  session: row.session ?? undefined,
  conn: connOf(row),
  preference: preferenceOf(row),
  load: row.loadScore,
  away: false,
  failedAtMs: undefined,
});
