import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, MoreThan, Not } from 'typeorm';
import type { AgentKind } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';
import { AgentRow } from '../tables/agent.entity.js';
import { JoinTokenRow } from '../tables/join-token.entity.js';
import { ZoneRow } from '../tables/zone.entity.js';
import { JoinTokensStore } from '../zones/join-tokens.store.js';
import { toldKind } from './agents.store.js';
import { RevocationsStore } from './revocations.store.js';

export interface Enrolment {
  readonly agent: AgentRow;
  readonly zone: ZoneRow;
  /** It took over the identity of an agent that was there before, whose key is revoked now. */
  readonly rejoined: boolean;
}

@Injectable()
export class EnrolmentStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tokens: JoinTokensStore,
    private readonly revocations: RevocationsStore,
    private readonly events: EventOutbox,
  ) {}

  /** The agents (or workers, where the token is for one) of the token's zone on this machine, other than the one with this key; nobody where the token is not for joining again. */
  async onMachine(tokenHash: string, machineId: string, publicKey: string, at: Date): Promise<AgentRow[]> {
    const { manager } = this.dataSource;
    const token = await guarded(() => manager.findOneBy(JoinTokenRow, { hash: tokenHash, rejoin: true, expiresAt: MoreThan(at) }));
    if (token === null) return [];
    return guarded(() => manager.findBy(AgentRow, { zoneId: token.zoneId, kind: token.kind, machineId, publicKey: Not(publicKey) }));
  }

  /**
   * Takes one use of the token and makes the agent, in one transaction; an agent with this key gets its row back, and `before`, where given, goes
   * on under the new key. Throws JOIN_TOKEN_REFUSED, with the same words whatever is wrong with the token.
   */
  async enrol(tokenHash: string, wanted: AgentRow, before: AgentRow | undefined): Promise<Enrolment> {
    const result = await inTransaction(this.dataSource, async (manager) => {
      const token = await this.tokens.use(manager, tokenHash, wanted.createdAt);
      // Kept from being deleted until this is committed.
      const zone = token && (await manager.findOne(ZoneRow, { where: { id: token.zoneId }, lock: { mode: 'pessimistic_read' } }));
      if (!token || !zone) throw new AppError('JOIN_TOKEN_REFUSED', 'The join token is not valid');
      if (await this.revocations.isRevoked(manager, wanted.publicKey)) {
        throw new AppError('AGENT_REMOVED', 'This key belonged to an agent that was removed; join with a new key');
      }
      const known = await manager.findOne(AgentRow, { where: { publicKey: wanted.publicKey }, lock: { mode: 'pessimistic_write' } });
      if (known && known.zoneId !== zone.id) throw new AppError('CONFLICT', 'This key belongs to an agent of another zone');
      if (known && known.kind !== token.kind) throw new AppError('CONFLICT', `This key belongs to ${nameOfKind[known.kind]}`);
      if (known) {
        await manager.update(AgentRow, { id: known.id }, { labels: token.labels, version: wanted.version } as object);
        return { agent: Object.assign(known, { labels: token.labels, version: wanted.version }), zone, rejoined: false };
      }
      const agent = before ? await this.takeOver(manager, before, wanted, token) : await this.make(manager, wanted, token);
      const { id: subjectId, zoneId, kind, approved, facts } = agent;
      const rejoined = before !== undefined;
      const data = { hostname: facts.hostname, ...toldKind(kind), joinToken: token.id, approved, ...(rejoined ? { rejoined } : {}) };
      await this.events.append(manager, [{ type: 'host.joined', zoneId, subjectId, data, atMs: wanted.createdAt.getTime() }]);
      return { agent, zone, rejoined };
    });
    this.events.wake();
    return result;
  }

  private async make(manager: EntityManager, wanted: AgentRow, { zoneId, labels, kind, approval }: JoinTokenRow): Promise<AgentRow> {
    const agent = Object.assign(wanted, { zoneId, labels, kind, ...waiting(wanted, approval) });
    await manager.insert(AgentRow, agent as object);
    return agent;
  }

  /** Id, history, labels and drain stay; everything that belonged to the life before goes. */
  private async takeOver(manager: EntityManager, before: AgentRow, wanted: AgentRow, token: JoinTokenRow): Promise<AgentRow> {
    const agent = await manager.findOne(AgentRow, { where: { id: before.id }, lock: { mode: 'pessimistic_write' } });
    if (agent === null || agent.session !== before.session || agent.connClient !== before.connClient) {
      throw new AppError('CONFLICT', `The agent ${before.id}, which has this machine id, has just changed; try again`);
    }
    const { id: agentId, zoneId, publicKey } = agent;
    await this.revocations.add(manager, [{ publicKey, agentId, zoneId, reason: 'its host joined again', at: wanted.createdAt }]);
    const { createdAt: _createdAt, id: _id, zoneId: _zoneId, drained: _drained, lastSeenAt: _seen, kind: _kind, ...fresh } = wanted;
    const labels = { ...agent.labels, ...token.labels };
    const change = { ...fresh, labels, revision: agent.revision + 1, ...waiting(wanted, token.approval) };
    await manager.update(AgentRow, { id: agentId }, change as object);
    return Object.assign(agent, change);
  }
}

const nameOfKind: Record<AgentKind, string> = { agent: 'an agent', worker: 'a worker' };

const waiting = ({ statusCause }: AgentRow, approval: boolean) => ({
  approved: !approval,
  statusCause: approval ? 'enrolled, waits for an operator to approve it' : statusCause,
});
