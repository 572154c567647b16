import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '@klevr/contracts/errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';
import { AgentRow } from '../tables/agent.entity.js';
import { ZoneRow } from '../tables/zone.entity.js';
import { JoinTokensStore } from '../zones/join-tokens.store.js';

@Injectable()
export class EnrolmentStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tokens: JoinTokensStore,
    private readonly events: EventOutbox,
  ) {}

  /**
   * Takes one use of the token and makes the agent, in one transaction; an agent with this key gets its row back. Throws JOIN_TOKEN_REFUSED,
   * with the same words whatever is wrong with the token.
   */
  async enrol(tokenHash: string, agent: AgentRow): Promise<{ agent: AgentRow; zone: ZoneRow }> {
    const result = await inTransaction(this.dataSource, async (manager) => {
      const token = await this.tokens.use(manager, tokenHash, agent.createdAt);
      const zone = token && (await manager.findOneBy(ZoneRow, { id: token.zoneId }));
      if (!token || !zone) throw new AppError('JOIN_TOKEN_REFUSED', 'The join token is not valid');
      const known = await manager.findOne(AgentRow, { where: { publicKey: agent.publicKey }, lock: { mode: 'pessimistic_write' } });
      if (known && known.zoneId !== zone.id) throw new AppError('CONFLICT', 'This key belongs to an agent of another zone');
      if (known) {
        await manager.update(AgentRow, { id: known.id }, { labels: token.labels, version: agent.version } as object);
        return { agent: Object.assign(known, { labels: token.labels, version: agent.version }), zone };
      }
      const made = Object.assign(agent, { zoneId: zone.id, labels: token.labels });
      await manager.insert(AgentRow, made as object);
      const data = { hostname: made.facts.hostname, joinToken: token.id };
      await this.events.append(manager, [
        { type: 'host.joined', zoneId: zone.id, subjectId: made.id, data, atMs: agent.createdAt.getTime() },
      ]);
      return { agent: made, zone };
    });
    this.events.wake();
    return result;
  }
}
