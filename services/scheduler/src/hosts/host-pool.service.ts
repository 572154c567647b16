import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Agent } from '@klevr/contracts/agent';
import { CachedReads } from '@klevr/platform/cached-reads';
import type { AgentRow } from '../tables/agent.entity.js';
import { AgentsStore, type PoolFilter } from './agents.store.js';
import { HostPoolPublisher } from './host-pool.publisher.js';
import { Roster, rosterEntryOf } from './roster.js';

/** An agent as the table has it; who is primary and what the zone is called comes from elsewhere. */
const StoredAgent = Agent.omit({ isPrimary: true, zoneName: true });
export type StoredAgent = z.infer<typeof StoredAgent>;
const StoredAgents = z.array(StoredAgent);

/** Invalidated by every write of ours; the time only bounds what a replica cut off from the cache may show. */
const cacheSeconds = 10;
const everyZone = 'hosts';
/** What was read of this zone's agents, or of all. */
export const namespaceOf = (zoneId: string | undefined): string => (zoneId === undefined ? everyZone : `hosts:${zoneId}`);

/** Reads of the host pool through the cache, and the one place that voids it after a write. */
@Injectable()
export class HostPool {
  constructor(
    private readonly agents: AgentsStore,
    private readonly reads: CachedReads,
    private readonly roster: Roster,
    private readonly publisher: HostPoolPublisher,
  ) {}

  /** Call after each commit that changed an agent. */
  async changed(agent: AgentRow): Promise<void> {
    this.learn(agent);
    await this.invalidate(agent.zoneId);
  }

  /** Call after each commit that removed an agent, or all of a zone's. */
  async invalidate(zoneId: string): Promise<void> {
    await Promise.all([this.reads.invalidate(namespaceOf(zoneId)), this.reads.invalidate(everyZone)]);
    this.publisher.changed(zoneId);
  }

  /** In the memory of this replica only. */
  learn(agent: AgentRow): void {
    this.roster.learn(rosterEntryOf(agent));
  }

  forget(agentId: string): void {
    this.roster.forget(agentId);
  }

  forgetZone(zoneId: string): void {
    for (const entry of [...this.roster.entries()]) if (entry.zoneId === zoneId) this.roster.forget(entry.agentId);
  }

  page(filter: PoolFilter, limit: number): Promise<StoredAgent[]> {
    const { zoneIds = [], kind, status, afterId } = filter;
    const [zoneId, ...others] = zoneIds;
    // What is of several zones is void as soon as anything changes anywhere.
    const [namespace, among] = others.length === 0 ? [namespaceOf(zoneId), []] : [everyZone, [hash('sha256', zoneIds.join())]];
    const key = JSON.stringify([kind, status, afterId, limit, ...among]);
    const load = async (): Promise<StoredAgent[]> => (await this.agents.list(filter, limit)).map(storedOf);
    return this.reads.read(namespace, key, cacheSeconds, load, (value) => StoredAgents.parse(value));
  }
}

export const storedOf = (row: AgentRow): StoredAgent => {
  const { id, zoneId, kind, status, statusCause, labels, version, session, beaconUrl, drained, revision } = row;
  // A row is written with the facts of its enrolment, so there always are some.
  const facts = row.facts as Agent['facts'];
  return {
    ...{
      id,
      zoneId,
      kind,
      status,
      statusCause,
      labels,
      version,
      session,
      beaconUrl,
      drained,
      revision,
      facts,
      capabilities: facts.capabilities,
    },
    statusSince: row.statusSince.toISOString(),
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
};
