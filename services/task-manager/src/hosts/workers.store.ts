import type { ClaimReply } from '@klevr/contracts/provision';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** What this service itself knows of the workers of zones, by their hellos and by the scheduler's events. */
@Injectable()
export class WorkersStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Whether this is a worker of the zone, in the session that it has now, and takes new work. */
  async takesWork(zoneId: string, { agentId, session }: ClaimReply): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM agent_state WHERE agent_id = ? AND zone_id = ? AND session = ? AND kind = 'worker' AND online = 1 AND drained = 0`,
      [agentId, zoneId, session],
    );
    return rows.length > 0;
  }
}
