import { Injectable } from '@nestjs/common';
import type { AgentStatus } from '@klevr/contracts/agent';
import { ZoneSettings } from '@klevr/contracts/zone';
import { AgentsStore, type StatusChange } from '../hosts/agents.store.js';
import { HostPool } from '../hosts/host-pool.service.js';
import type { AgentRow } from '../tables/agent.entity.js';
import { ZonesStore } from '../zones/zones.store.js';
import { OutageWatch } from './outage.watch.js';

const batchSize = 200;
const fallback = ZoneSettings.parse({});

/** What a row must be for a change that liveness decides by itself; hellos and goodbyes have their own rules. */
export const expectedBefore = (to: AgentStatus): readonly AgentStatus[] =>
  to === 'suspect' ? ['online', 'drained'] : to === 'lost' ? ['suspect'] : ['suspect', 'lost'];

/** The rows that liveness reads and changes. */
@Injectable()
export class AgentStatuses {
  constructor(
    private readonly agents: AgentsStore,
    private readonly zones: ZonesStore,
    private readonly pool: HostPool,
    private readonly outages: OutageWatch,
  ) {}

  /** Undefined where the row is not as the change expects it. */
  async change(change: StatusChange): Promise<AgentRow | undefined> {
    try {
      const agent = await this.agents.changeStatus(change);
      if (agent) await this.pool.changed(agent);
      return agent;
    } catch (error) {
      this.outages.databaseFailed();
      throw error;
    }
  }

  /** Batch by batch, by id. */
  async *withStatus(status: AgentStatus, zoneId?: string): AsyncGenerator<AgentRow[]> {
    for (let afterId = ''; ;) {
      const filter = { status, ...(zoneId === undefined ? {} : { zoneId }), ...(afterId === '' ? {} : { afterId }) };
      const batch = await this.agents.list(filter, batchSize);
      yield batch;
      if (batch.length < batchSize) return;
      afterId = batch.at(-1)?.id ?? '';
    }
  }

  /** In the memory of this replica only. */
  learn(agent: AgentRow): void {
    this.pool.learn(agent);
  }

  /** Something of ours was away, perhaps the database. */
  doubtDatabase(): void {
    this.outages.databaseFailed();
  }

  /** As they were read last: kept fresh by what reads zones anyway, so that no heartbeat asks the database. */
  timesOf(zoneId: string): { heartbeatMs: number; graceMs: number } {
    const { heartbeatSeconds, lostAfterSeconds } = this.zones.remembered(zoneId)?.settings ?? fallback;
    return { heartbeatMs: heartbeatSeconds * 1000, graceMs: lostAfterSeconds * 1000 };
  }
}
