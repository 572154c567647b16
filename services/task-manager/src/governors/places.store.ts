import type { EntityManager } from 'typeorm';
import { placedStates } from '../runs/run-state.js';
import type { Candidate, PageOfQueue } from './pick.js';
import { defaultCapacity, Room, type Claimant, type Taken } from './room.js';

/**
 * What is under way in a zone, and who waits. All of it is for a caller that holds the lock of the zone's row, and reads without locks: whatever
 * takes a place does so under that lock; whatever frees one wakes the dispatcher after its commit.
 */

/** Locks the zone's row. Undefined where the zone is not known. */
export const lockRoom = async (manager: EntityManager, zoneId: string): Promise<Room | undefined> => {
  const [zone] = await manager.query<{ places: number; perHost: number }[]>(
    'SELECT max_concurrent_runs places, max_runs_per_agent perHost FROM zone_dispatch WHERE zone_id = ? FOR UPDATE',
    [zoneId],
  );
  if (zone === undefined) return undefined;
  const taken = await manager.query<(Claimant & { count: number | string })[]>(
    `SELECT agent_id agentId, concurrency_key concurrencyKey, COUNT(*) count FROM runs WHERE zone_id = ? AND state IN (?)
     GROUP BY agent_id, concurrency_key`,
    [zoneId, placedStates],
  );
  const room = new Room(
    { zone: zone.places, perHost: zone.perHost },
    taken.map((row): Taken => ({ ...row, count: Number(row.count) })),
  );
  await learnCapacities(manager, zoneId, room);
  return room;
};

/**
 * An attempt that may be under way at a host that nobody hears of. It has no place in its zone and on its host any more, and keeps its key: that is
 * given on when the run is known to have ended, not when it is believed to. The column `unseen_key` has the key of these alone.
 */
export const outOfSight = `state = 'queued' AND due = 0 AND (accepted_at IS NOT NULL OR wait_code = 'AGENT_FENCED')`;

/** Costs nothing where nobody has a key. */
export const learnCapacities = async (
  manager: EntityManager,
  zoneId: string,
  room: Room,
  claimants: readonly Claimant[] = [],
): Promise<void> => {
  const names = room.unknownKeys(claimants);
  if (names.length > 0) room.learn(await readCapacities(manager, zoneId, names));
};

/** What of each is left for runs that are seen. */
export const readCapacities = async (manager: EntityManager, zoneId: string, names: readonly string[]): Promise<Map<string, number>> => {
  const set = await manager.query<{ name: string; capacity: number }[]>(
    'SELECT name, capacity FROM concurrency_keys WHERE zone_id = ? AND name IN (?)',
    [zoneId, names],
  );
  const unseen = await manager.query<{ name: string; count: number | string }[]>(
    'SELECT unseen_key name, COUNT(*) count FROM runs WHERE unseen_key IN (?) AND zone_id = ? GROUP BY unseen_key',
    [names, zoneId],
  );
  const left = new Map(names.map((name) => [name, defaultCapacity]));
  for (const { name, capacity } of set) left.set(name, capacity);
  for (const { name, count } of unseen) left.set(name, (left.get(name) ?? defaultCapacity) - Number(count));
  return left;
};

/** So many of the queue are looked through for some that could go to another host. */
const movable = { among: 500, most: 16 };

/** Runs of these hosts that any other would do for as well, the first of the queue. */
export const readMovable = async (manager: EntityManager, zoneId: string, hosts: readonly string[]): Promise<string[]> => {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT r.id FROM (
       SELECT id FROM runs FORCE INDEX (ix_runs_due) WHERE zone_id = ? AND state = 'queued' AND due = 1 AND agent_id IN (?)
       ORDER BY priority DESC, id LIMIT ?
     ) waiting JOIN runs r ON r.id = waiting.id WHERE r.target_kind IN ('any', 'worker') ORDER BY r.priority DESC, r.id LIMIT ?`,
    [zoneId, hosts, movable.among, movable.most],
  );
  return rows.map(({ id }) => id).sort();
};

/** From the index alone, so that passing by thousands who cannot go costs little. */
export const readQueue = (manager: EntityManager, zoneId: string, { without, after, limit }: PageOfQueue): Promise<Candidate[]> => {
  const conditions: [string, unknown[]][] = [[`zone_id = ? AND state = 'queued' AND due = 1`, [zoneId]]];
  if (without.hosts.length > 0) conditions.push(['(agent_id IS NULL OR agent_id NOT IN (?))', [without.hosts]]);
  if (without.keys.length > 0) conditions.push(['(concurrency_key IS NULL OR concurrency_key NOT IN (?))', [without.keys]]);
  if (after !== undefined) conditions.push(['(priority < ? OR (priority = ? AND id > ?))', [after.priority, after.priority, after.id]]);
  return manager.query<Candidate[]>(
    `SELECT id, priority, agent_id agentId, concurrency_key concurrencyKey FROM runs FORCE INDEX (ix_runs_due)
     WHERE ${conditions.map(([sql]) => sql).join(' AND ')} ORDER BY priority DESC, id LIMIT ?`,
    [...conditions.flatMap(([, values]) => values), limit],
  );
};
