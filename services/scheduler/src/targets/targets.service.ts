import { Injectable } from '@nestjs/common';
import type { Target } from '@klevr/contracts/target';
import { ElectionService } from '../election/election.service.js';
import { ZonesStore } from '../zones/zones.store.js';
import { choose, isDrained } from './choice.js';
import { MembersService } from './members.service.js';

@Injectable()
export class TargetsService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly members: MembersService,
    private readonly election: ElectionService,
  ) {}

  async resolve(zoneRef: string, target: Target, avoid: readonly string[] = []) {
    const zone = await this.zones.get(zoneRef);
    const primaryId = 'primary' in target ? (await this.election.primaryNow(zone.id))?.agentId : undefined;
    const { chosen } = choose(await this.members.of(zone), target, { primaryId, avoid: new Set(avoid) });
    const agents = chosen.map((member) => {
      const { agentId, status, since } = member;
      return { agentId, status, since, ...(isDrained(member) && { drained: true }) };
    });
    return {
      zoneId: zone.id,
      zoneName: zone.name,
      maxConcurrentRuns: zone.settings.maxConcurrentRuns,
      maxConcurrentRunsPerAgent: zone.settings.maxConcurrentRunsPerAgent,
      zoneRevision: zone.revision,
      agents,
    };
  }
}
