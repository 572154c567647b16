import { Injectable } from '@nestjs/common';
import type { Agent } from '@klevr/contracts/agent';
import type { RequestOf } from '@klevr/contracts/contract';
import type { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { zonesToList } from '@klevr/persistence/zone-pages';
import { ElectionService } from '../election/election.service.js';
import { cursorOf, idPattern, keyOfCursor } from '../tables/page-cursor.js';
import { selectable } from '../targets/selectable.js';
import { matches, parseSelector } from '../targets/selector.js';
import type { AgentRow } from '../tables/agent.entity.js';
import { ZonesStore } from '../zones/zones.store.js';
import { AgentsStore } from './agents.store.js';
import { HostPool, storedOf, type StoredAgent } from './host-pool.service.js';
import { Roster } from './roster.js';

const batchSize = 200;

@Injectable()
export class AgentsService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly agents: AgentsStore,
    private readonly pool: HostPool,
    private readonly election: ElectionService,
    private readonly roster: Roster,
  ) {}

  async list(query: RequestOf<typeof schedulerRpc.listAgents>) {
    const selector = parseSelector(query.label ?? '', 'label');
    const start = keyOfCursor(query.cursor, idPattern);
    const zone = query.zone === undefined ? undefined : await this.zones.get(query.zone);
    const zoneIds = zonesToList(zone?.id, query.scope);
    if (zoneIds?.length === 0) return { items: [], nextCursor: null };
    const filter = {
      kind: query.kind ?? 'agent',
      ...(zoneIds === undefined ? {} : { zoneIds }),
      ...(query.status === undefined ? {} : { status: query.status }),
    };
    const found: StoredAgent[] = [];
    let afterId = start;
    // The selector is not the database's to judge, so pages are filled from batches until one agent more than wanted is found.
    for (;;) {
      const batch = await this.pool.page({ ...filter, ...(afterId === undefined ? {} : { afterId }) }, batchSize);
      const places = selector.length === 0 ? undefined : await this.zones.placesOf([...new Set(batch.map(({ zoneId }) => zoneId))]);
      found.push(...batch.filter(({ zoneId, labels, facts }) => matches(selector, selectable(labels, facts, places?.get(zoneId)))));
      afterId = batch.at(-1)?.id;
      if (batch.length < batchSize || found.length > query.limit) break;
    }
    const shown = found.slice(0, query.limit);
    const last = shown.at(-1);
    return { items: await this.views(shown), nextCursor: found.length > query.limit && last !== undefined ? cursorOf(last.id) : null };
  }

  async get(id: string): Promise<Agent> {
    return this.view(await this.agents.get(id));
  }

  async view(row: AgentRow): Promise<Agent> {
    const [view] = await this.views([storedOf(row)]);
    return view as Agent;
  }

  private async views(agents: readonly StoredAgent[]): Promise<Agent[]> {
    const zoneIds = [...new Set(agents.map(({ zoneId }) => zoneId))];
    const names = await this.zones.namesOf(zoneIds);
    return agents.map((agent) => ({
      ...agent,
      zoneName: names.get(agent.zoneId) ?? '',
      lastSeenAt: latest(agent.lastSeenAt, this.roster.lastHeardMs(agent.id)),
      isPrimary: this.election.primaryOf(agent.zoneId)?.agentId === agent.id,
    }));
  }
}

/** The table knows of hellos and changes; beats and roll-ups are kept in memory only. */
const latest = (stored: string | null, heardMs: number | undefined): string | null => {
  if (heardMs === undefined) return stored;
  return new Date(Math.max(heardMs, stored === null ? 0 : Date.parse(stored))).toISOString();
};
