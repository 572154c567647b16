import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { pickRuns } from '../governors/pick.js';
import { learnCapacities, lockRoom, readMovable, readQueue } from '../governors/places.store.js';
import type { Room } from '../governors/room.js';
import { lockRuns, lockRunsById } from '../runs/runs.store.js';
import type { LoadedRun, RunRow } from '../runs/run-row.js';
import { nothingStored, type Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';
import { claimRuns, type AgentStanding } from './claim.js';
import type { Primary } from './primary.js';

export interface Claimed {
  /** To be signed and sent. */
  readonly send: readonly RunRow[];
  /** To be bound to an agent first. */
  readonly unbound: readonly RunRow[];
  /** Agents that have no room for them. */
  readonly avoid: readonly string[];
  /** Cancels to be signed and sent (again). */
  readonly cancel: readonly RunRow[];
  /** What became true of others on the way: a deadline had passed, an agent was removed. */
  readonly stored: Stored;
  /** There may be more right now. */
  readonly more: boolean;
  /** There is room, and whoever waits has been bound to a host that is full. */
  readonly stuck: boolean;
}

export interface Claiming {
  /** What was sent before is looked at as well. */
  readonly again: boolean;
  /** Where nothing else can go, those who could go to another host as well are given up by theirs. */
  readonly elsewhere: boolean;
}

export const nothingClaimed: Claimed = { send: [], unbound: [], avoid: [], cancel: [], stored: nothingStored, more: false, stuck: false };

const claimSize = 200;

/**
 * Takes a zone's due runs.
 * Promises: one claimer a zone at a time, by the lock of the zone's row, so priorities and the limits of zone, hosts and keys hold over all replicas;
 * a claimed run is marked before anything is sent; whoever's host or key is full holds up nobody behind it. The lock is waited for (skipping it
 * would lose wake-ups) and held for select and mark only. A claim reads a bounded part of the queue, and says whether there may be more.
 */
@Injectable()
export class ClaimStore {
  constructor(private readonly dataSource: DataSource) {}

  /** A plain look, so that a wake-up without work costs no lock. What is committed after it brings its own wake-up. */
  async hasWork(zoneId: string, now: Date): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `(SELECT 1 FROM runs WHERE zone_id = ? AND state = 'queued' AND due = 1 LIMIT 1)
       UNION ALL (SELECT 1 FROM runs WHERE zone_id = ? AND state = 'dispatched' AND wake_at <= ? LIMIT 1)`,
      [zoneId, zoneId, now],
    );
    return rows.length > 0;
  }

  claim(zoneId: string, primary: Primary, { again, elsewhere }: Claiming, now: Date): Promise<Claimed> {
    return inTransaction(this.dataSource, async (manager) => {
      const room = await lockRoom(manager, zoneId);
      if (room === undefined) return nothingClaimed;
      const sent = again ? await lockSent(manager, zoneId, now) : [];
      const due = await lockDue(manager, zoneId, room);
      const stuck = again && due.runs.length === 0 && room.free > 0 && room.fullHosts().length > 0;
      const movable =
        stuck && elsewhere
          ? await lockRunsById(manager, await readMovable(manager, zoneId, room.fullHosts()))
          : new Map<string, LoadedRun>();
      const candidates = [...sent, ...due.runs, ...movable.values()];
      if (candidates.length === 0) return { ...nothingClaimed, stuck };
      const ids = [...new Set([...candidates.flatMap(({ row }) => row.agentId ?? []), agentOf(primary)])];
      let agents = await readAgents(manager, ids, '');
      // An agent that is away may be coming back at this moment: its hello waits for this lock, or this sees what it stored.
      if (ids.some((id) => agents.get(id)?.online !== true)) agents = await readAgents(manager, ids, 'LOCK IN SHARE MODE');
      const decided = claimRuns(candidates, { agents, primary, room, now });
      const stored = await storeRuns(manager, candidates, now);
      const more = stored.ended.length > 0 || (due.more && due.runs.some(({ changed }) => changed));
      return { ...decided, avoid: room.fullHosts(), stored, more, stuck };
    });
  }

  /** What a run without an agent was bound to, or why it waits. */
  bind(zoneId: string, decide: (run: LoadedRun) => void, runIds: readonly string[], now: Date): Promise<void> {
    return inTransaction(this.dataSource, async (manager) => {
      await manager.query('SELECT 1 FROM zone_dispatch WHERE zone_id = ? FOR UPDATE', [zoneId]);
      const runs = [...(await lockRunsById(manager, runIds)).values()];
      for (const run of runs) if (run.row.state === 'queued' && run.row.agentId === null) decide(run);
      await storeRuns(manager, runs, now);
    });
  }

  /** The primary is another: whatever nobody accepted goes out again under its epoch, and what waited for a primary is due. */
  appointed(zoneId: string, epoch: number, now: Date): Promise<void> {
    return inTransaction(this.dataSource, async (manager) => {
      await manager.query('UPDATE zone_dispatch SET last_epoch = ? WHERE zone_id = ? AND last_epoch < ?', [epoch, zoneId, epoch]);
      await manager.query(`UPDATE runs SET wake_at = ? WHERE zone_id = ? AND state = 'dispatched' AND epoch < ?`, [now, zoneId, epoch]);
      // What waits for a place on the host of the primary before goes to the new one.
      await manager.query(
        `UPDATE runs SET agent_id = NULL WHERE zone_id = ? AND state = 'queued' AND due = 1 AND target_kind = 'primary' AND attempt = 0`,
        [zoneId],
      );
      await makeUnboundDue(manager, zoneId, now);
    });
  }
}

/** Somebody may take them now. `agentId`: who has come or changed; what waits for a worker is woken by workers alone. */
export const makeUnboundDue = async (manager: EntityManager, zoneId: string, now: Date, agentId = ''): Promise<void> => {
  await manager.query(
    `UPDATE runs SET due = 1, wake_at = COALESCE(deadline_at, wake_at), wait_code = NULL, wait_message = NULL, wait_since = NULL
     WHERE zone_id = ? AND state = 'queued' AND due = 0 AND agent_id IS NULL AND created_at <= ? AND IFNULL(wait_code, '') <> 'RETRY_WAITS'
     AND (IFNULL(wait_code, '') <> 'NO_WORKER' OR EXISTS (SELECT 1 FROM agent_state WHERE agent_id = ? AND kind = 'worker'))`,
    [zoneId, now, agentId],
  );
};

const agentOf = (primary: Primary): string => (primary.kind === 'none' ? '' : primary.agentId);

/** What was sent before holds a place already. */
const lockSent = (manager: EntityManager, zoneId: string, now: Date): Promise<LoadedRun[]> =>
  lockRuns(manager, `r.zone_id = ? AND r.state = 'dispatched' AND r.wake_at <= ? ORDER BY r.wake_at LIMIT ?`, [zoneId, now, claimSize]);

/** Straight from the head of the queue, unless some of those who stand there may have to wait. */
const lockDue = async (manager: EntityManager, zoneId: string, room: Room): Promise<{ runs: LoadedRun[]; more: boolean }> => {
  const limit = Math.min(claimSize, room.free);
  if (limit === 0) return { runs: [], more: false };
  if (room.isWide(limit)) {
    const sql = `r.zone_id = ? AND r.state = 'queued' AND r.due = 1 ORDER BY r.priority DESC, r.id LIMIT ?`;
    const runs = await lockRuns(manager, sql, [zoneId, limit]);
    await learnCapacities(
      manager,
      zoneId,
      room,
      runs.map(({ row }) => row),
    );
    if (runs.length < limit || room.fullKeys().length === 0) return { runs, more: runs.length >= limit };
  }
  const tried = room.copy();
  const { ids, more } = await pickRuns(
    tried,
    limit,
    (page) => readQueue(manager, zoneId, page),
    (candidates) => learnCapacities(manager, zoneId, tried, candidates),
  );
  room.learn(tried.capacities);
  const runs = [...(await lockRunsById(manager, ids)).values()];
  return { runs: runs.sort((a, b) => b.row.priority - a.row.priority || (a.row.id < b.row.id ? -1 : 1)), more };
};

interface AgentRow {
  readonly agentId: string;
  readonly online: number;
  readonly drained: number;
  readonly removed: number | string;
}

const readAgents = async (
  manager: EntityManager,
  ids: readonly string[],
  lock: '' | 'LOCK IN SHARE MODE',
): Promise<Map<string, AgentStanding>> => {
  const rows = await manager.query<(Pick<AgentStanding, 'session' | 'journalId' | 'since'> & AgentRow)[]>(
    `SELECT agent_id agentId, session, journal_id journalId, online, drained, status = 'removed' removed, since FROM agent_state
     WHERE agent_id IN (?) ORDER BY agent_id ${lock}`,
    [ids],
  );
  return new Map(
    rows.map((row) => [row.agentId, { ...row, online: row.online === 1, drained: row.drained === 1, removed: Number(row.removed) === 1 }]),
  );
};
