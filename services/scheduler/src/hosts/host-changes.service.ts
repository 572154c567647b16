import { Injectable } from '@nestjs/common';
import type { Event } from '@klevr/contracts/event';
import { ElectionShell } from '../election/election.shell.js';
import type { AgentRow } from '../tables/agent.entity.js';
import { StatusEvents } from '../liveness/status-events.service.js';
import { ZoneChangesService } from '../zones/zone-changes.service.js';
import { AgentsStore } from './agents.store.js';
import { HostPool } from './host-pool.service.js';
import { willingnessOf } from './willingness.js';

const readAtOnce = 500;

/**
 * What an operator changed through one replica, taken up by each: the one that made the change does it itself, the others hear its event.
 * A missed event is made good by the next hello, or by housekeeping.
 */
@Injectable()
export class HostChangesService {
  constructor(
    private readonly agents: AgentsStore,
    private readonly zones: ZoneChangesService,
    private readonly pool: HostPool,
    private readonly shell: ElectionShell,
    private readonly statuses: StatusEvents,
  ) {}

  async heard(event: Event): Promise<void> {
    const { type, zoneId, subjectId } = event;
    await this.statuses.heard(event);
    switch (type) {
      case 'host.zoneCreated':
      case 'host.zoneChanged':
        return this.zones.changed(zoneId);
      case 'host.zoneDeleted':
        return this.forgetZone(zoneId);
      case 'host.removed':
        return this.removed(zoneId, subjectId);
      case 'host.joined':
      case 'host.changed':
      case 'host.drained':
      case 'host.undrained': {
        const agent = await this.agents.find(subjectId);
        if (agent) this.takeUp(agent, false);
        return;
      }
      default:
    }
  }

  /** Safety net, and after a start: a key may name an agent that does not lead any more, as nobody else stood when it was drained. */
  async refresh(): Promise<void> {
    const holders = this.shell.keptZones.flatMap((zoneId) => this.shell.view(zoneId)?.seen?.key?.agentId ?? []);
    for (let from = 0; from < holders.length; from += readAtOnce) {
      for (const agent of await this.agents.byIds(holders.slice(from, from + readAtOnce))) this.tellElection(agent, true);
    }
  }

  /** Changed by this replica: what follows from it is settled here, at once. */
  async changedHere(agent: AgentRow): Promise<void> {
    this.takeUp(agent, true);
    await this.pool.invalidate(agent.zoneId);
  }

  async removedHere({ id, zoneId }: AgentRow): Promise<void> {
    this.removed(zoneId, id);
    await this.pool.invalidate(zoneId);
  }

  private takeUp(agent: AgentRow, acting: boolean): void {
    this.pool.learn(agent);
    this.statuses.changed(agent.id, agent.status, agent.drained);
    this.tellElection(agent, acting);
  }

  private tellElection(agent: AgentRow, acting: boolean): void {
    const zone = this.shell.view(agent.zoneId);
    const event = zone && willingnessOf(zone, agent, acting);
    if (event) this.shell.hear(agent.zoneId, event);
  }

  private removed(zoneId: string, agentId: string): void {
    this.pool.forget(agentId);
    const zone = this.shell.view(zoneId);
    const candidate = zone?.candidates.get(agentId);
    const key = zone?.seen?.key;
    const sessions = new Set<string>();
    if (candidate) sessions.add(candidate.session ?? 'not known here');
    if (key?.agentId === agentId) sessions.add(key.session);
    for (const session of sessions) this.shell.hear(zoneId, { kind: 'leaves', agentId, session, answering: true });
  }

  async zoneDeletedHere(zoneId: string): Promise<void> {
    this.forgetZone(zoneId);
    await this.pool.invalidate(zoneId);
  }

  private forgetZone(zoneId: string): void {
    this.pool.forgetZone(zoneId);
    this.zones.deleted(zoneId);
  }
}
