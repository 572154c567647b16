import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Agent, AgentStatus } from '@klevr/contracts/agent';
import { CachedReads } from '@klevr/platform/cached-reads';
import type { AgentRow } from '../tables/agent.entity.js';
import { AgentsStore, type PoolFilter } from './agents.store.js';
import { Roster, preferenceOf } from './roster.js';

/** An agent as the table has it; who is primary and what the zone is called comes from elsewhere. */
const StoredAgent = Agent.omit({ isPrimary: true, zoneName: true });
export type StoredAgent = z.infer<typeof StoredAgent>;
const StoredAgents = z.array(StoredAgent);

/** The little of an agent that decides whether a target means it. */
const Member = z.object({
  agentId: z.string(),
  status: AgentStatus,
  since: z.string(),
  labels: z.record(z.string(), z.string()),
  loadScore: z.number(),
});
export type Member = z.infer<typeof Member>;
const Members = z.array(Member);

/** Invalidated by every write of ours; the time only bounds what a replica cut off from the cache may show. */
const cacheSeconds = 10;
const everyZone = 'hosts';
const namespaceOf = (zoneId: string | undefined): string => (zoneId === undefined ? everyZone : `hosts:${zoneId}`);

/** Reads of the host pool through the cache, and the one place that voids it after a write. */
@Injectable()
export class HostPool {
  constructor(
    private readonly agents: AgentsStore,
    private readonly reads: CachedReads,
    private readonly roster: Roster,
  ) {}

  /** Call after each commit that changed an agent. */
  async changed(agent: AgentRow): Promise<void> {
    const conn =
      agent.connServer === null || agent.connClient === null ? undefined : { serverId: agent.connServer, clientId: agent.connClient };
    const { id: agentId, zoneId, publicKey } = agent;
    this.roster.learn({ agentId, zoneId, publicKey, preference: preferenceOf(agent.labels), conn });
    await Promise.all([this.reads.invalidate(namespaceOf(agent.zoneId)), this.reads.invalidate(everyZone)]);
  }

  page(filter: PoolFilter, limit: number): Promise<StoredAgent[]> {
    const key = JSON.stringify([filter.status, filter.afterId, limit]);
    const load = async (): Promise<StoredAgent[]> => (await this.agents.list(filter, limit)).map(storedOf);
    return this.reads.read(namespaceOf(filter.zoneId), key, cacheSeconds, load, (value) => StoredAgents.parse(value));
  }

  members(zoneId: string): Promise<Member[]> {
    const load = async (): Promise<Member[]> => (await this.agents.pool(zoneId)).map(memberOf);
    return this.reads.read(namespaceOf(zoneId), 'members', cacheSeconds, load, (value) => Members.parse(value));
  }
}

export const storedOf = (row: AgentRow): StoredAgent => {
  const { id, zoneId, status, statusCause, labels, version, session, beaconUrl, drained, revision } = row;
  // A row is written with the facts of its enrolment, so there always are some.
  const facts = row.facts as Agent['facts'];
  return {
    ...{ id, zoneId, status, statusCause, labels, version, session, beaconUrl, drained, revision, facts, capabilities: facts.capabilities },
    statusSince: row.statusSince.toISOString(),
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
};

/** Labels, and the facts that a selector may name where no label has that name. */
export const selectable = (labels: Record<string, string>, facts: { os?: string; architecture?: string; hostname?: string }) => ({
  ...(facts.os === undefined ? {} : { os: facts.os }),
  ...(facts.architecture === undefined ? {} : { arch: facts.architecture }),
  ...(facts.hostname === undefined ? {} : { hostname: facts.hostname }),
  ...labels,
});

const memberOf = ({ id, status, statusSince, labels, facts, loadScore }: AgentRow): Member => ({
  agentId: id,
  status,
  since: statusSince.toISOString(),
  labels: selectable(labels, facts),
  loadScore,
});
