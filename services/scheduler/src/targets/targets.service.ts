import { Injectable } from '@nestjs/common';
import type { AgentStatus } from '@klevr/contracts/agent';
import type { Target } from '@klevr/contracts/target';
import { ElectionService } from '../election/election.service.js';
import { ZonesStore } from '../zones/zones.store.js';
import { MembersService } from './members.service.js';
import type { Member } from './members.store.js';
import { matches, parseSelector } from './selector.js';

/** Whom a task may be given to: everyone that belongs to the zone, whether it is there now or not. */
const belongs = ({ status }: Member): boolean => status !== 'left' && status !== 'pending';

/** For a target that means one agent of many: who is there comes before who may come back. */
const order: Record<AgentStatus, number> = { online: 0, suspect: 1, suspended: 2, lost: 3, drained: 4, pending: 5, left: 6 };

const better = (a: Member, b: Member): number =>
  order[a.status] - order[b.status] || a.loadScore - b.loadScore || (a.agentId < b.agentId ? -1 : 1);

@Injectable()
export class TargetsService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly members: MembersService,
    private readonly election: ElectionService,
  ) {}

  async resolve(zoneRef: string, target: Target, avoid: readonly string[] = []) {
    const zone = await this.zones.get(zoneRef);
    const meant = await this.meant(zone.id, target, await this.members.of(zone), new Set(avoid));
    const agents = meant.map(({ agentId, status, since, drained }) => ({
      agentId,
      status,
      since,
      ...(isDrained(status, drained) && { drained: true }),
    }));
    return {
      zoneId: zone.id,
      zoneName: zone.name,
      maxConcurrentRuns: zone.settings.maxConcurrentRuns,
      maxConcurrentRunsPerAgent: zone.settings.maxConcurrentRunsPerAgent,
      zoneRevision: zone.revision,
      agents,
    };
  }

  /** `avoid`: whom `any` means only where nobody else that is there would do. */
  private async meant(zoneId: string, target: Target, members: readonly Member[], avoid: ReadonlySet<string>): Promise<Member[]> {
    if ('agent' in target) return members.filter((member) => member.agentId === target.agent && belongs(member));
    if ('primary' in target) {
      const primary = await this.election.primaryNow(zoneId);
      return members.filter((member) => member.agentId === primary?.agentId && belongs(member));
    }
    if ('all' in target) {
      const selector = parseSelector(target.all, 'target.all');
      return members.filter((member) => belongs(member) && matches(selector, member.values));
    }
    const selector = parseSelector(target.any, 'target.any');
    const avoided = ({ agentId }: Member): number => (avoid.has(agentId) ? 1 : 0);
    const rank = (a: Member, b: Member): number => order[a.status] - order[b.status] || avoided(a) - avoided(b) || better(a, b);
    let best: Member | undefined;
    for (const member of members) {
      if (!belongs(member) || isDrained(member.status, member.drained) || !matches(selector, member.values)) continue;
      if (best === undefined || rank(member, best) < 0) best = member;
    }
    return best === undefined ? [] : [best];
  }
}

/** It stays drained whatever its status becomes. */
const isDrained = (status: AgentStatus, drained: boolean): boolean => drained || status === 'drained';
