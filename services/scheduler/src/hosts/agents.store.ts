import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, MoreThan } from 'typeorm';
import { agentStatuses, type AgentKind, type AgentStatus, type HostFacts } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import type { ConnectionId } from '@klevr/contracts/presence';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { idsByZone } from '@klevr/persistence/zone-pages';
import { EventOutbox, type HostOrPrimaryEvent } from '../events/event-outbox.store.js';
import { presentStatus } from '../liveness/liveness-machine.js';
import { AgentRow } from '../tables/agent.entity.js';
import { factChanges, helloChanges } from './hello-changes.js';

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
  readonly sleptSeconds: number | undefined;
  readonly at: Date;
}

export interface StatusChange {
  readonly agentId: string;
  readonly from: readonly AgentStatus[];
  /** `online` is `drained` where the row says that it is. */
  readonly to: AgentStatus;
  readonly cause: string;
  readonly at: Date;
  /** Only if the agent is still in this session, on this connection, or in its status since this time. */
  readonly session?: string;
  readonly conn?: ConnectionId;
  readonly since?: Date;
}

export interface FactsRecord {
  readonly agentId: string;
  readonly session: string;
  readonly facts: HostFacts;
  readonly beaconUrl: string | null;
  readonly at: Date;
}

export interface PoolFilter {
  /** At least one; absent for all. */
  readonly zoneIds?: readonly string[];
  readonly kind?: AgentKind;
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

  async list({ zoneIds, kind, status, afterId }: PoolFilter, limit: number): Promise<AgentRow[]> {
    const [zoneId, ...others] = zoneIds ?? [];
    if (zoneIds !== undefined && others.length > 0) return this.listOfZones({ zoneIds, kind, status, afterId }, limit);
    const where = {
      ...(zoneId === undefined ? {} : { zoneId }),
      ...(kind === undefined ? {} : { kind }),
      ...(status === undefined ? {} : { status }),
      ...(afterId === undefined ? {} : { id: MoreThan(afterId) }),
    };
    return guarded(() => this.dataSource.manager.find(AgentRow, { where, order: { id: 'ASC' }, take: limit }));
  }

  private async listOfZones({ zoneIds, kind, status, afterId }: Among, limit: number): Promise<AgentRow[]> {
    const and: [string, unknown[]][] = [];
    if (kind !== undefined) and.push(['kind = ?', [kind]]);
    if (status !== undefined) and.push(['status = ?', [status]]);
    if (afterId !== undefined) and.push(['id > ?', [afterId]]);
    const { sql, values } = idsByZone({ table: 'agents', zoneIds, and, order: 'ASC', limit });
    const found = await guarded(() => this.dataSource.query<{ id: string }[]>(sql, values));
    const ids = found.map(({ id }) => id);
    return guarded(() => this.dataSource.manager.find(AgentRow, { where: { id: In(ids) }, order: { id: 'ASC' } }));
  }

  async byIds(ids: readonly string[]): Promise<AgentRow[]> {
    return guarded(() => this.dataSource.manager.findBy(AgentRow, { id: In([...ids]) }));
  }

  /** Every agent of the zone, by id. */
  async pool(zoneId: string): Promise<AgentRow[]> {
    return guarded(() => this.dataSource.manager.find(AgentRow, { where: { zoneId }, order: { id: 'ASC' } }));
  }

  async countByStatus(): Promise<Map<AgentStatus, number>> {
    const sql = "SELECT status, COUNT(*) AS number FROM agents WHERE kind = 'agent' GROUP BY status";
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
      const { journalId, version, facts, beaconUrl, loadScore, sleptSeconds, at } = hello;
      const standing = hello.standing && agent.kind === 'agent';
      const heard = { session, journalId, version, facts, beaconUrl, standing, loadScore, lastSeenAt: at };
      const host = { machineId: facts.machineId ?? agent.machineId, bootId: facts.bootId };
      const conn = { connServer: hello.conn.serverId, connClient: hello.conn.clientId };
      const { status, events } = helloChanges(agent, { facts, sleptSeconds, again: session === previousSession });
      const change = { ...heard, ...host, ...conn, ...(status ? statusColumns(status.to, status.cause, at) : {}) };
      await manager.update(AgentRow, { id: agent.id }, change as object);
      await this.tell(manager, agent, events, at);
      return { agent: Object.assign(agent, change), previousSession, previousStatus, told: events.length > 0 };
    });
    if (result?.told) this.events.wake();
    return result;
  }

  /** Sets a status if the agent is in one of the expected ones; undefined where it is not, which is no fault. */
  async changeStatus(change: StatusChange): Promise<AgentRow | undefined> {
    const changed = await inTransaction(this.dataSource, async (manager) => {
      const agent = await manager.findOne(AgentRow, { where: { id: change.agentId }, lock: { mode: 'pessimistic_write' } });
      if (agent === null || !change.from.includes(agent.status) || !stillMeant(agent, change)) return undefined;
      const to = change.to === 'online' ? presentStatus(agent.drained) : change.to;
      const next = statusColumns(to, change.cause, change.at);
      await manager.update(AgentRow, { id: agent.id }, next);
      const type = eventOf[to];
      const data = { cause: change.cause, status: to, previousStatus: agent.status };
      if (type !== undefined) await this.tell(manager, agent, [{ type, data }], change.at);
      return Object.assign(agent, next);
    });
    if (changed) this.events.wake();
    return changed;
  }

  /** Stores facts that changed meanwhile; undefined where the session is not the current one. */
  async updateFacts({ agentId, session, facts, beaconUrl, at }: FactsRecord): Promise<AgentRow | undefined> {
    const result = await inTransaction(this.dataSource, async (manager) => {
      const agent = await manager.findOne(AgentRow, { where: { id: agentId, session }, lock: { mode: 'pessimistic_write' } });
      if (agent === null) return undefined;
      const events = factChanges(agent, facts);
      const change = { facts, beaconUrl, machineId: facts.machineId ?? agent.machineId, bootId: facts.bootId, lastSeenAt: at };
      await manager.update(AgentRow, { id: agentId }, change as object);
      await this.tell(manager, agent, events, at);
      return { agent: Object.assign(agent, change), told: events.length > 0 };
    });
    if (result?.told) this.events.wake();
    return result?.agent;
  }

  private async tell(manager: EntityManager, { id, zoneId, kind }: AgentRow, events: readonly Told[], at: Date): Promise<void> {
    if (events.length === 0) return;
    const atMs = at.getTime();
    await this.events.append(
      manager,
      events.map(({ type, data }) => ({ type, zoneId, subjectId: id, data: { ...data, ...toldKind(kind) }, atMs })),
    );
  }
}

interface Among {
  readonly zoneIds: readonly string[];
  readonly kind: AgentKind | undefined;
  readonly status: AgentStatus | undefined;
  readonly afterId: string | undefined;
}

/** Only of what is no agent. */
export const toldKind = (kind: AgentKind): { kind?: AgentKind } => (kind === 'agent' ? {} : { kind });

type Told = Pick<HostOrPrimaryEvent, 'type' | 'data'>;

const eventOf: Partial<Record<AgentStatus, HostOrPrimaryEvent['type']>> = {
  online: 'host.online',
  drained: 'host.online',
  suspect: 'host.suspect',
  lost: 'host.lost',
  suspended: 'host.suspended',
  left: 'host.left',
};

const statusColumns = (status: AgentStatus, cause: string, at: Date) => ({ status, statusCause: cause.slice(0, 255), statusSince: at });

const stillMeant = (agent: AgentRow, { session, conn, since }: StatusChange): boolean =>
  (session === undefined || agent.session === session) &&
  (conn === undefined || (agent.connServer === conn.serverId && agent.connClient === conn.clientId)) &&
  (since === undefined || agent.statusSince.getTime() === since.getTime());
