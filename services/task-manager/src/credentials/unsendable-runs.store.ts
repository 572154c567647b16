import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { settleUnsendable } from '../dispatch/unsendable.js';
import { lockRunsById } from '../runs/runs.store.js';
import type { Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';
import type { Unsendable } from './command-secrets.js';

/**
 * Runs that were claimed and cannot be sent, for want of a secret or of a key to seal it to.
 * Promises: only a run of which no copy can be on its way ends, or goes back into the line; a copy that was sent before is waited for until it is void.
 */
@Injectable()
export class UnsendableRunsStore {
  constructor(private readonly dataSource: DataSource) {}

  settle(unsendable: readonly Unsendable[], now: Date): Promise<Stored> {
    return inTransaction(this.dataSource, async (manager) => {
      const runs = await lockRunsById(manager, unsendable.map(({ run }) => run.id).sort());
      for (const one of unsendable) {
        const run = runs.get(one.run.id);
        const same = run?.row.state === 'dispatched' && run.row.attempt === one.run.attempt && run.row.sendCount === one.run.sendCount;
        if (run !== undefined && same) settleUnsendable(run, one, now);
      }
      return storeRuns(manager, [...runs.values()], now);
    });
  }

  /** They can be sent after all. */
  async forgive(runIds: readonly string[]): Promise<void> {
    const sql = `UPDATE runs SET wait_code = NULL, wait_message = NULL, wait_since = NULL WHERE id IN (?) AND state = 'dispatched'`;
    await this.dataSource.query(sql, [runIds]);
  }
}
