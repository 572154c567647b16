import { guarded } from '@klevr/persistence/database-errors';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { openStates } from '../runs/run-state.js';

/** An attempt as its agent names it. */
export interface LivingAttempt {
  readonly runId: string;
  readonly attempt: number;
  readonly agentId: string;
}

export const keyOf = ({ runId, attempt, agentId }: LivingAttempt): string => `${runId} ${attempt} ${agentId}`;

const open = 'state IN (?) AND movable = 1';

/** How long agents may hold attempts that others could take over. */
@Injectable()
export class AliveStore {
  constructor(private readonly dataSource: DataSource) {}

  /** The agents may go on for another `aloneSeconds` each. Answers, by `keyOf`, which of these are the present attempts of their runs; none other was changed. */
  moveLeases(living: readonly LivingAttempt[], now: Date): Promise<Set<string>> {
    const unique = [...new Map(living.map((one) => [keyOf(one), one])).entries()];
    const keys = unique.map(([, { runId, attempt, agentId }]) => [runId, attempt, agentId]);
    return guarded(async () => {
      const { affectedRows } = await this.dataSource.query<{ affectedRows: number }>(
        `UPDATE runs SET lease_until = GREATEST(IFNULL(lease_until, ?), TIMESTAMPADD(MICROSECOND, JSON_VALUE(retry, '$.aloneSeconds') * 1000000, ?))
         WHERE (id, attempt, agent_id) IN (?) AND ${open}`,
        [now, now, keys, openStates],
      );
      if (affectedRows === unique.length) return new Set(unique.map(([key]) => key));
      // What has ended or moved since the update is left out as well: of that nothing is promised.
      const rows = await this.dataSource.query<LivingAttempt[]>(
        `SELECT id runId, attempt, agent_id agentId FROM runs WHERE (id, attempt, agent_id) IN (?) AND ${open}`,
        [keys, openStates],
      );
      return new Set(rows.map(keyOf));
    });
  }
}
