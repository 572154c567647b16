import { guarded } from '@klevr/persistence/database-errors';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

const agentsAtOnce = 500;

/** Where agents are to be reached: all that ever said hello and were not removed. */
@Injectable()
export class AgentAddressesStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Some, in the order of their ids. */
  after(agentId: string): Promise<{ readonly agentId: string; readonly zoneId: string }[]> {
    const sql = 'SELECT agent_id agentId, zone_id zoneId FROM agent_state WHERE agent_id > ? ORDER BY agent_id LIMIT ?';
    return guarded(() => this.dataSource.query(sql, [agentId, agentsAtOnce]));
  }
}
