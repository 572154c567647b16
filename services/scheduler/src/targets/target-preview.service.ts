import { Injectable } from '@nestjs/common';
import type { AgentStatus } from '@klevr/contracts/agent';
import { batchSizeOf, type Target, type TargetPreview } from '@klevr/contracts/target';
import { ElectionService } from '../election/election.service.js';
import { ZonesStore } from '../zones/zones.store.js';
import { choose, isDrained } from './choice.js';
import { MembersService } from './members.service.js';
import type { Member } from './members.store.js';

/** Of each list; the totals tell how many there are. */
const mostShown = 1_000;

/** Who would be hit by a task now, by the rule that resolves its target, and why nobody else. */
@Injectable()
export class TargetPreviewService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly members: MembersService,
    private readonly election: ElectionService,
  ) {}

  async preview(zoneRef: string, target: Target): Promise<TargetPreview> {
    const zone = await this.zones.get(zoneRef);
    const primaryId = 'primary' in target ? (await this.election.primaryNow(zone.id))?.agentId : undefined;
    const { chosen, others } = choose(await this.members.of(zone), target, { primaryId, avoid: new Set() });
    const size = 'all' in target && target.batch !== undefined ? batchSizeOf(target.batch, chosen.length) : undefined;
    const batchOf = (index: number): number | null => (size === undefined ? null : Math.floor(index / size) + 1);
    return {
      ...{ zoneId: zone.id, zoneName: zone.name, total: { chosen: chosen.length, others: others.length } },
      chosen: chosen.slice(0, mostShown).map((member, index) => {
        const batch = batchOf(index);
        return { ...shown(member), batch, waits: waits(member, batch) };
      }),
      others: others.slice(0, mostShown).map(({ member, why }) => ({ ...shown(member), why: why() })),
    };
  }
}

const shown = (member: Member) => {
  const { agentId, hostname, status } = member;
  return { agentId, hostname, status, drained: isDrained(member) };
};

const away: Partial<Record<AgentStatus, string>> = {
  suspect: 'it may be gone: it waits until it is heard again',
  lost: 'it is lost: it waits until it is back',
  suspended: 'it sleeps: it waits until it wakes',
};

const waits = (member: Member, batch: number | null): string | null => {
  const since = `, since ${member.since}`;
  if (isDrained(member)) return 'it is drained: it waits until that is taken back';
  const reason = away[member.status];
  if (reason !== undefined) return reason + since;
  return batch !== null && batch > 1 ? `batch ${batch} waits for those before it` : null;
};
