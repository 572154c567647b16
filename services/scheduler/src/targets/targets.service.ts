import { Injectable } from '@nestjs/common';
import type { AgentStatus } from '@klevr/contracts/agent';
import type { Target } from '@klevr/contracts/task';
import { ElectionService } from '../election/election.service.js';
import { HostPool, type Member } from '../hosts/host-pool.service.js';
import { ZonesStore } from '../zones/zones.store.js';
import { matches, parseSelector } from './selector.js';

/** Whom a task may be given to: everyone that belongs to the zone, whether it is there now or not. */
const belongs = ({ status }: Member): boolean => status !== 'left' && status !== 'pending';

/** For a target that means one agent of many: who is there comes before who may come back. */
const order: Record<AgentStatus, number> = { online: 0, suspect: 1, suspended: 2, lost: 3, drained: 4, pending: 5, left: 6 };

@Injectable()
export class TargetsService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly pool: HostPool,
    private readonly election: ElectionService,
  ) {}

  async resolve(zoneRef: string, target: Target) {
    const zone = await this.zones.get(zoneRef);
    const members = (await this.pool.members(zone.id)).filter(belongs);
    const agents = (await this.meant(zone.id, target, members)).map(({ agentId, status, since }) => ({ agentId, status, since }));
    return { zoneId: zone.id, zoneName: zone.name, maxConcurrentRuns: zone.settings.maxConcurrentRuns, agents };
  }

  private async meant(zoneId: string, target: Target, members: Member[]): Promise<Member[]> {
    if ('agent' in target) return members.filter(({ agentId }) => agentId === target.agent);
    if ('primary' in target) {
      const primary = await this.election.primaryNow(zoneId);
      return members.filter(({ agentId }) => agentId === primary?.agentId);
    }
    if ('all' in target) {
      const selector = parseSelector(target.all, 'target.all');
      return members.filter(({ labels }) => matches(selector, labels));
    }
    const selector = parseSelector(target.any, 'target.any');
    return members
      .filter(({ status, labels }) => status !== 'drained' && matches(selector, labels))
      .sort((a, b) => order[a.status] - order[b.status] || a.loadScore - b.loadScore || (a.agentId < b.agentId ? -1 : 1))
      .slice(0, 1);
  }
}
