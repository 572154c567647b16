import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '@klevr/contracts/errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox, type HostOrPrimaryEvent } from '../events/event-outbox.store.js';
import { RevocationsStore } from '../hosts/revocations.store.js';
import { ScheduleRemoval } from '../schedules/schedule-removal.store.js';
import { AgentRow } from '../tables/agent.entity.js';
import { ZoneRow } from '../tables/zone.entity.js';
import { refuseUnlessRevision } from './zones.store.js';

export interface ZoneDeletion {
  readonly id: string;
  readonly by: string;
  readonly at: Date;
  /** Its agents go with it; else it must have none. */
  readonly force: boolean;
  readonly ifRevision?: number | undefined;
}

const eventsAtOnce = 500;

@Injectable()
export class ZoneDeletionStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly revocations: RevocationsStore,
    private readonly schedules: ScheduleRemoval,
    private readonly events: EventOutbox,
  ) {}

  /**
   * Zone, agents, schedules and tokens, in one transaction with the revocation of the agents' keys. The terms stay: their epochs must never be given again.
   * WRONG_STATE where it has agents, unless forced. Answers the agents that it had; nobody where it is gone already.
   */
  async remove({ id, by, at, force, ifRevision }: ZoneDeletion): Promise<AgentRow[]> {
    const removed = await inTransaction(this.dataSource, async (manager) => {
      const zone = await manager.findOne(ZoneRow, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (zone === null) return [];
      refuseUnlessRevision(zone, ifRevision);
      const agents = await manager.find(AgentRow, { where: { zoneId: id }, order: { id: 'ASC' }, lock: { mode: 'pessimistic_write' } });
      if (!force) refuseAgents(agents);
      const reason = `the zone was deleted by ${by}`.slice(0, 255);
      const keys = agents.map((agent) => ({ publicKey: agent.publicKey, agentId: agent.id, zoneId: id, reason, at }));
      await this.revocations.add(manager, keys);
      await manager.query('DELETE FROM agents WHERE zone_id = ?', [id]);
      await manager.query('DELETE FROM join_tokens WHERE zone_id = ?', [id]);
      await this.schedules.removeOfZone(manager, id, by, at);
      await manager.delete(ZoneRow, { id });
      const told: HostOrPrimaryEvent[] = agents.map((agent) => ({
        ...{ type: 'host.removed', zoneId: id, subjectId: agent.id, atMs: at.getTime() },
        data: { by, previousStatus: agent.status, hostname: agent.facts.hostname, zoneDeleted: true },
      }));
      const data = { by, name: zone.name, agents: agents.length };
      told.push({ type: 'host.zoneDeleted', zoneId: id, subjectId: id, data, atMs: at.getTime() });
      for (let from = 0; from < told.length; from += eventsAtOnce) {
        await this.events.append(manager, told.slice(from, from + eventsAtOnce));
      }
      return agents;
    });
    this.events.wake();
    await this.schedules.finish();
    return removed;
  }
}

const stays = ({ status }: AgentRow): boolean => status !== 'left';

export const refuseAgents = (agents: readonly AgentRow[]): void => {
  const number = agents.filter(stays).length;
  if (number === 0) return;
  throw new AppError(
    'WRONG_STATE',
    `The zone has ${number} ${number === 1 ? 'agent' : 'agents'}; delete them first, or force the deletion`,
  );
};
