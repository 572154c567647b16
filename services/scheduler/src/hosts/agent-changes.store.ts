import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '@klevr/contracts/errors';
import type { UpdateAgent } from '@klevr/contracts/agent';
import type { Event } from '@klevr/contracts/event';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';
import { AgentRow } from '../tables/agent.entity.js';
import { RevocationsStore } from './revocations.store.js';

/** Who changes what of which agent, as the events and If-Match have it. */
export interface ChangeOf {
  readonly id: string;
  readonly by: string;
  readonly at: Date;
  /** PRECONDITION_FAILED where the agent's revision is another. */
  readonly ifRevision?: number | undefined;
}

interface Told {
  readonly type: Event['type'];
  readonly data: Record<string, unknown>;
}

/** What operators change of agents: each in one transaction with its event, on the locked row. */
@Injectable()
export class AgentChangesStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly revocations: RevocationsStore,
    private readonly events: EventOutbox,
  ) {}

  async zoneOf(id: string): Promise<string> {
    const agent = await guarded(() => this.dataSource.manager.findOne(AgentRow, { select: { id: true, zoneId: true }, where: { id } }));
    if (agent === null) throw new AppError('NOT_FOUND', 'There is no such agent');
    return agent.zoneId;
  }

  update(change: ChangeOf, changes: UpdateAgent): Promise<AgentRow> {
    return this.change(change, async (manager, agent) => {
      const labels = changes.labels ?? agent.labels;
      const next = { labels, revision: agent.revision + 1 };
      await manager.update(AgentRow, { id: agent.id }, next as object);
      const data = { by: change.by, changed: { labels: { from: agent.labels, to: labels } }, revision: next.revision };
      Object.assign(agent, next);
      return { type: 'host.changed', data };
    });
  }

  /** Again changes nothing. */
  approve(change: ChangeOf): Promise<AgentRow> {
    return this.change(change, async (manager, agent) => {
      if (agent.approved) return undefined;
      const statusCause = 'approved, has not said hello yet';
      const next = { approved: true, revision: agent.revision + 1, statusCause, statusSince: change.at };
      await manager.update(AgentRow, { id: agent.id }, next);
      Object.assign(agent, next);
      return { type: 'host.approved', data: { by: change.by } };
    });
  }

  /** Again changes nothing. The status follows where the agent is there; where it is not, when it is back. */
  setDrained(change: ChangeOf, drained: boolean): Promise<AgentRow> {
    return this.change(change, async (manager, agent) => {
      if (agent.drained === drained) return undefined;
      const [from, to, cause] = drained ? (['online', 'drained', 'drained'] as const) : (['drained', 'online', 'undrained'] as const);
      const status =
        agent.status === from ? { status: to, statusCause: `${cause} by ${change.by}`.slice(0, 255), statusSince: change.at } : {};
      const data = { by: change.by, previousStatus: agent.status };
      const next = { drained, revision: agent.revision + 1, ...status };
      await manager.update(AgentRow, { id: agent.id }, next);
      Object.assign(agent, next);
      return { type: drained ? 'host.drained' : 'host.undrained', data };
    });
  }

  /** The agent as it was: its row is gone and its key revoked, in this database. */
  remove(change: ChangeOf): Promise<AgentRow> {
    return this.change(change, async (manager, agent) => {
      const { id, zoneId, publicKey } = agent;
      await this.revocations.add(manager, [
        { publicKey, agentId: id, zoneId, reason: `removed by ${change.by}`.slice(0, 255), at: change.at },
      ]);
      await manager.delete(AgentRow, { id });
      return { type: 'host.removed', data: { by: change.by, previousStatus: agent.status, hostname: agent.facts.hostname } };
    });
  }

  private async change(
    { id, at, ifRevision }: ChangeOf,
    work: (manager: EntityManager, agent: AgentRow) => Promise<Told | undefined>,
  ): Promise<AgentRow> {
    const changed = await inTransaction(this.dataSource, async (manager) => {
      const agent = await manager.findOne(AgentRow, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (agent === null) throw new AppError('NOT_FOUND', 'There is no such agent');
      if (ifRevision !== undefined && agent.revision !== ifRevision) {
        throw new AppError('PRECONDITION_FAILED', `The agent is at revision ${agent.revision} now, not ${ifRevision}`);
      }
      const told = await work(manager, agent);
      if (told) await this.events.append(manager, [{ ...told, zoneId: agent.zoneId, subjectId: id, atMs: at.getTime() }]);
      return agent;
    });
    this.events.wake();
    return changed;
  }
}
