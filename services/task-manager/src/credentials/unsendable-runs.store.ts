import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { commandLifeMs } from '../dispatch/claim.js';
import { apply, hold, reasonAt, voidGraceMs, type LoadedRun, type ReasonCode } from '../runs/run-row.js';
import { lockRunsById } from '../runs/runs.store.js';
import type { Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';
import type { Unsendable } from './command-secrets.js';

/** A key that is missing here may be there after the next start, or in another replica. */
const tryAgainMs = 30_000;

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
        if (run !== undefined && same) settleOne(run, one, now);
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

const codeOf = (why: Unsendable['why']): ReasonCode => (why === 'noKey' ? 'NO_SEALING_KEY' : 'CREDENTIAL_MISSING');

const settleOne = (run: LoadedRun, { why, message }: Unsendable, now: Date): void => {
  const { row } = run;
  const code = codeOf(why);
  if (row.sendCount > 1 && !voidSince(run, now)) {
    // Looked at again when the claim would repeat it.
    return hold(run, { code, message, since: now }, row.wakeAt);
  }
  if (why === 'gone') return void apply(run, 'refusedForGood', now, reasonAt(code, message, now));
  apply(run, 'notStarted', now);
  row.sendCount = 0;
  // The agent's next hello tells a key; of ours nobody tells.
  hold(run, { code, message, since: now }, why === 'locked' ? new Date(now.getTime() + tryAgainMs) : null);
};

/** Nothing was sent since it was found wanting, and what was sent before is void by now. */
const voidSince = ({ row }: LoadedRun, now: Date): boolean =>
  row.waitCode !== null && row.waitSince !== null && now.getTime() - row.waitSince.getTime() >= commandLifeMs + voidGraceMs;
