import { Injectable } from '@nestjs/common';
import { Roster } from '../hosts/roster.js';
import { ZonesStore } from '../zones/zones.store.js';
import { MembersService } from './members.service.js';

/**
 * How hosts fare that a task has touched. Promises: the status is that of the table; the load is what the host told last, by its hello or a roll-up of its
 * primary (every ten seconds), so heartbeats cost the centre nothing. Does not: know a load before this process has heard one; it is null then.
 */
@Injectable()
export class HostHealthService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly members: MembersService,
    private readonly roster: Roster,
  ) {}

  /** Hosts that are not of the zone are left out. */
  async of(zoneId: string, agentIds: readonly string[]) {
    const zone = await this.zones.find(zoneId);
    const asked = new Set(agentIds);
    const members = zone === undefined ? [] : await this.members.of(zone);
    const hosts = members.filter(({ agentId }) => asked.has(agentId));
    return { hosts: hosts.map(({ agentId, status }) => ({ agentId, status, cpuLoad: this.roster.cpuLoadOf(agentId) ?? null })) };
  }
}
