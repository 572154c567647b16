import { AppError } from '@klevr/contracts/errors';
import type { Target } from '@klevr/contracts/target';
import { Injectable } from '@nestjs/common';
import { SchedulerClient } from '../hosts/scheduler.client.js';
import { ZonesStore, type KnownAgent } from '../hosts/zones.store.js';
import type { Place } from './new-task.js';

export interface ResolvedTarget extends Place {
  readonly agentIds: readonly string[];
}

const cacheSize = 20_000;

/**
 * Who a target means when a task is made. One agent of a known zone is resolved from memory, since an agent never changes its zone; everything
 * else is the scheduler's answer.
 */
@Injectable()
export class TargetsService {
  private readonly agents = new Map<string, KnownAgent>();

  constructor(
    private readonly scheduler: SchedulerClient,
    private readonly zones: ZonesStore,
  ) {}

  async resolve(zone: string, target: Target): Promise<ResolvedTarget> {
    const local = await this.resolveLocally(zone, target);
    if (local !== undefined) return local;
    const found = await this.scheduler.resolveTarget(zone, target);
    await this.zones.rememberZone(found);
    if (found.agents.length === 0 && !('primary' in target)) throw nobody(target);
    await this.zones.rememberAgents(found, found.agents);
    const { zoneId, zoneName, agents } = found;
    return { zoneId, zoneName, agentIds: agents.map(({ agentId }) => agentId) };
  }

  /** Where the target would be, though maybe nobody matches it now. */
  async placeOf(zone: string, target: Target): Promise<Place> {
    const local = await this.resolveLocally(zone, target);
    if (local !== undefined) return { zoneId: local.zoneId, zoneName: local.zoneName };
    const { zoneId, zoneName, agents } = await this.scheduler.resolveTarget(zone, target);
    if ('agent' in target && agents.length === 0) throw nobody(target);
    return { zoneId, zoneName };
  }

  private async resolveLocally(zone: string, target: Target): Promise<ResolvedTarget | undefined> {
    if ('primary' in target) {
      const known = await this.zones.findZone(zone);
      return known && { zoneId: known.zoneId, zoneName: known.zoneName, agentIds: [] };
    }
    if (!('agent' in target)) return undefined;
    const agent = await this.findAgent(target.agent);
    if (agent === undefined || (agent.zoneId !== zone && agent.zoneName !== zone)) return undefined;
    return { zoneId: agent.zoneId, zoneName: agent.zoneName, agentIds: [agent.agentId] };
  }

  private async findAgent(agentId: string): Promise<KnownAgent | undefined> {
    const cached = this.agents.get(agentId);
    if (cached !== undefined) return cached;
    const known = await this.zones.findAgent(agentId);
    if (known === undefined) return undefined;
    const oldest = this.agents.keys().next();
    if (this.agents.size >= cacheSize && oldest.done !== true) this.agents.delete(oldest.value);
    this.agents.set(agentId, known);
    return known;
  }
}

const nobody = (target: Target): AppError => {
  if ('agent' in target) {
    const errors = [{ path: 'target.agent', message: 'is no agent of this zone' }];
    return new AppError('NOT_FOUND', 'There is no such agent in the zone', { errors });
  }
  const path = 'any' in target ? 'target.any' : 'target.all';
  return new AppError('NO_TARGET', 'The target matches no agent of the zone', { errors: [{ path, message: 'matches no agent' }] });
};
