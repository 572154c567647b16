import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, MoreThan } from 'typeorm';
import { agentStatuses, type AgentStatus, type HostFacts } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import type { ConnectionId } from '@klevr/contracts/presence';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';
import { AgentRow } from '../tables/agent.entity.js';

export interface HelloRecord {
  readonly agentId: string;
  readonly zoneId: string;
  readonly askedSession: string | null;
  /** Used where the asked one is not the current one. */
  readonly newSession: string;
  readonly journalId: string;
  readonly version: string;
  readonly facts: HostFacts;
  readonly beaconUrl: string | null;
  readonly conn: ConnectionId;
  readonly standing: boolean;
  readonly loadScore: number;
  readonly at: Date;
}

export interface StatusChange {
  readonly agentId: string;
  readonly from: readonly AgentStatus[];
  readonly to: AgentStatus;
  readonly cause: string;
  readonly at: Date;
  /** Only if the agent is still in this session, on this connection, or in its status since this time. */
  readonly session?: string;
  readonly conn?: ConnectionId;
  readonly since?: Date;
}

export interface PoolFilter {
  readonly zoneId?: string;
  readonly status?: AgentStatus;
  readonly afterId?: string;
}

/** The host pool. Every change of a status is one compare-and-set and, in the same transaction, one event. */
@Injectable()
export class AgentsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
  ) {}

  async find(id: string): Promise<AgentRow | undefined> {
    return (await guarded(() => this.dataSource.manager.findOneBy(AgentRow, { id }))) ?? undefined;
  }

  async get(id: string): Promise<AgentRow> {
    const agent = await this.find(id);
    if (agent === undefined) throw new AppError('NOT_FOUND', 'There is no such agent');
    return agent;
  }

  async list({ zoneId, status, afterId }: PoolFilter, limit: number): Promise<AgentRow[]> {
    const where = {
      ...(zoneId === undefined ? {} : { zoneId }),
      ...(status === undefined ? {} : { status }),
      ...(afterId === undefined ? {} : { id: MoreThan(afterId) }),
    };
    return guarded(() => this.dataSource.manager.find(AgentRow, { where, order: { id: 'ASC' }, take: limit }));
  }

  /** Every agent of the zone, by id. */
  async pool(zoneId: string): Promise<AgentRow[]> {
    return guarded(() => this.dataSource.manager.find(AgentRow, { where: { zoneId }, order: { id: 'ASC' } }));
  }

  async countByStatus(): Promise<Map<AgentStatus, number>> {
    const sql = 'SELECT status, COUNT(*) AS number FROM agents GROUP BY status';
    const rows = await guarded(() => this.dataSource.query<{ status: AgentStatus; number: number }[]>(sql));
    return new Map(agentStatuses.map((status) => [status, Number(rows.find((row) => row.status === status)?.number ?? 0)]));
  }

  /** Stores what a hello said; answers the row as it is now, and its session and status before. */
  async hello(hello: HelloRecord): Promise<{ agent: AgentRow; previousSession: string | null; previousStatus: AgentStatus } | undefined> {
    const result = await inTransaction(this.dataSource, async (manager) => {
      const agent = await manager.findOne(AgentRow, {
        where: { id: hello.agentId, zoneId: hello.zoneId },
        lock: { mode: 'pessimistic_write' },
      });
      if (agent === null) return undefined;
      const { session: previousSession, status: previousStatus } = agent;
      const session = previousSession !== null && hello.askedSession === previousSession ? previousSession : hello.newSession;
      const { journalId, version, facts, beaconUrl, standing, loadScore, at } = hello;
      const heard = { session, journalId, version, facts, beaconUrl, standing, loadScore, lastSeenAt: at };
      const conn = { connServer: hello.conn.serverId, connClient: hello.conn.clientId };
      const cameOnline = previousStatus !== 'online';
      const cause = session === previousSession ? 'said hello again' : 'said hello';
      const status = cameOnline ? ({ status: 'online', statusCause: cause, statusSince: at } as const) : {};
      const change = { ...heard, ...conn, ...status };
      await manager.update(AgentRow, { id: agent.id }, change as object);
      if (cameOnline) await this.tell(manager, agent, 'online', cause, at);
      return { agent: Object.assign(agent, change), previousSession, previousStatus };
    });
    if (result && result.previousStatus !== 'online') this.events.wake();
    return result;
  }

  /** Sets a status if the agent is in one of the expected ones; undefined where it is not, which is no fault. */
  async changeStatus(change: StatusChange): Promise<AgentRow | undefined> {
    const changed = await inTransaction(this.dataSource, async (manager) => {
      const agent = await manager.findOne(AgentRow, { where: { id: change.agentId }, lock: { mode: 'pessimistic_write' } });
      if (agent === null || !change.from.includes(agent.status) || !stillMeant(agent, change)) return undefined;
      const next = { status: change.to, statusCause: change.cause, statusSince: change.at };
      await manager.update(AgentRow, { id: agent.id }, next);
      await this.tell(manager, agent, change.to, change.cause, change.at);
      return Object.assign(agent, next);
    });
    if (changed) this.events.wake();
    return changed;
  }

  async updateFacts(agentId: string, session: string, facts: HostFacts, beaconUrl: string | null, at: Date): Promise<boolean> {
    const change = { facts, beaconUrl, lastSeenAt: at };
    const result = await guarded(() => this.dataSource.manager.update(AgentRow, { id: agentId, session }, change as object));
    return result.affected === 1;
  }

  private async tell(manager: EntityManager, { id, zoneId, status }: AgentRow, to: AgentStatus, cause: string, at: Date): Promise<void> {
    const type = to === 'online' || to === 'suspect' || to === 'lost' || to === 'left' ? (`host.${to}` as const) : undefined;
    if (type === undefined) return;
    await this.events.append(manager, [{ type, zoneId, subjectId: id, data: { cause, previousStatus: status }, atMs: at.getTime() }]);
  }
}

const stillMeant = (agent: AgentRow, { session, conn, since }: StatusChange): boolean =>
  (session === undefined || agent.session === session) &&
  (conn === undefined || (agent.connServer === conn.serverId && agent.connClient === conn.clientId)) &&
  (since === undefined || agent.statusSince.getTime() === since.getTime());
