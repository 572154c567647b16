import type { Task } from '@klevr/contracts/task';
import type { EntityManager } from 'typeorm';
import { neverSigned } from '../runs/gone.js';
import { apply, reasonAt } from '../runs/run-row.js';
import { lockRuns } from '../runs/runs.store.js';
import type { Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';

/**
 * A newer task takes the place of older ones that wait, where both have the same `supersedes` key and are for the same agent.
 * Promises: in the transaction that makes the newer one, so that at no time both wait; what no agent was chosen for yet gives way as well; what was
 * sent, or is to be tried again, is left alone. Costs tasks without the key nothing.
 */
export interface Superseding {
  readonly task: Task;
  readonly runs: readonly { readonly agentId: string | null }[];
}

const withKey = <T extends Superseding>(made: readonly T[]): T[] => made.filter(({ task }) => task.supersedes !== null);

/** First of all in the transaction: nothing of these zones is sent, or made with a key, until it has ended. */
export const lockForSuperseding = async (manager: EntityManager, made: readonly Superseding[]): Promise<void> => {
  const zoneIds = new Set(withKey(made).map(({ task }) => task.zoneId));
  if (zoneIds.size === 0) return;
  await manager.query('SELECT 1 FROM zone_dispatch WHERE zone_id IN (?) ORDER BY zone_id FOR UPDATE', [[...zoneIds]]);
};

/** Once all of them are written, in the order in which they came. By the newer task. */
export const supersede = async (manager: EntityManager, made: readonly Superseding[]): Promise<Map<string, Stored>> => {
  const newer = withKey(made);
  const stored = new Map<string, Stored>();
  for (const [index, { task, runs }] of newer.entries()) {
    const now = new Date(task.createdAt);
    const notOlder = newer.slice(index).map((other) => other.task.id);
    const agentIds = runs.flatMap(({ agentId }) => agentId ?? []);
    const waiting = await lockRuns(
      manager,
      `r.waiting_key = ? AND r.zone_id = ? AND r.task_id NOT IN (?) AND (r.agent_id IN (?) OR r.target_kind IN ('any', 'primary')) ORDER BY r.id`,
      [task.supersedes, task.zoneId, notOlder, agentIds.length === 0 ? [''] : agentIds],
    );
    const reason = reasonAt('SUPERSEDED', `the newer task ${task.name} (${task.id}) takes its place`, now);
    for (const run of waiting) if (neverSigned(run.row) && run.row.retries === 0) apply(run, 'canceledBeforeStart', now, reason);
    stored.set(task.id, await storeRuns(manager, waiting, now));
  }
  return stored;
};
