import { ZoneSettings } from '@klevr/contracts/zone';
import { guarded } from '@klevr/persistence/database-errors';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

export interface KnownAgent {
  readonly agentId: string;
  readonly zoneId: string;
  readonly zoneName: string;
}

/** How many runs may be under way at once. */
export interface Places {
  readonly maxConcurrentRuns: number;
  /** Of one host; a scheduler that does not know the setting changes nothing. */
  readonly maxConcurrentRunsPerAgent?: number | undefined;
}

export interface KnownZone extends Places {
  readonly zoneId: string;
  readonly zoneName: string;
  /** Of the zone whose settings these are. */
  readonly zoneRevision?: number | undefined;
}

export interface NamedAgent {
  readonly agentId: string;
  readonly status: string;
  readonly since: string;
  readonly drained?: boolean | undefined;
}

/** What this service remembers of zones and agents, so that it can work while the scheduler is away. What is gone for good is not known. */
@Injectable()
export class ZonesStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Workers are no target of tasks that users make. */
  findAgent(agentId: string): Promise<KnownAgent | undefined> {
    const sql = `SELECT agent_id agentId, zone_id zoneId, zone_name zoneName FROM agent_state
      WHERE agent_id = ? AND kind = 'agent' AND status <> 'removed'`;
    return guarded(async () => (await this.dataSource.query<KnownAgent[]>(sql, [agentId]))[0]);
  }

  /** By id or name. */
  findZone(zone: string): Promise<KnownZone | undefined> {
    const sql = `SELECT zone_id zoneId, zone_name zoneName, max_concurrent_runs maxConcurrentRuns FROM zone_dispatch
      WHERE (zone_id = ? OR zone_name = ?) AND closed_at IS NULL LIMIT 1`;
    return guarded(async () => (await this.dataSource.query<KnownZone[]>(sql, [zone, zone]))[0]);
  }

  /** The highest epoch that is known to have been given, for the day the key is gone. */
  async lastEpoch(zoneId: string): Promise<number> {
    const rows = await this.dataSource.query<{ epoch: number | string }[]>('SELECT last_epoch epoch FROM zone_dispatch WHERE zone_id = ?', [
      zoneId,
    ]);
    return Number(rows[0]?.epoch ?? 0);
  }

  async rememberZone(zone: KnownZone): Promise<void> {
    await guarded(() => rememberZone(this.dataSource.manager, zone));
  }

  /** Agents that a target named and that never said hello here. */
  async rememberAgents(zone: KnownZone, agents: readonly NamedAgent[]): Promise<void> {
    if (agents.length === 0) return;
    const rows = agents.map(({ agentId, status, since, drained = false }) => [
      ...[agentId, zone.zoneId, zone.zoneName, false, status, '', new Date(since)],
      ...[drained, drained ? new Date(since) : null],
    ]);
    const columns = 'agent_id, zone_id, zone_name, online, status, cause, since, drained, drain_since';
    await guarded(() => this.dataSource.query(`INSERT IGNORE INTO agent_state (${columns}) VALUES ?`, [rows]));
  }

  /** A zone that is not known here has no work, and its next hello or task tells its settings. */
  async changeSettings(zoneId: string, places: Places, revision: number | undefined): Promise<void> {
    const sql = `UPDATE zone_dispatch SET max_concurrent_runs = ?, max_runs_per_agent = IFNULL(?, max_runs_per_agent), revision = IFNULL(?, revision)
      WHERE zone_id = ? AND revision <= IFNULL(?, revision)`;
    const values = [places.maxConcurrentRuns, places.maxConcurrentRunsPerAgent ?? null, revision ?? null, zoneId, revision ?? null];
    await this.dataSource.query(sql, values);
  }
}

/** Of a zone whose scheduler did not tell. */
const defaultRunsPerAgent = ZoneSettings.shape.maxConcurrentRunsPerAgent.parse(undefined);

/** Writes only what changed, and nothing older than what is known: the row is also the lock of the zone's dispatch. */
export const rememberZone = async (manager: EntityManager, zone: KnownZone): Promise<void> => {
  const { zoneId, zoneName, maxConcurrentRuns, maxConcurrentRunsPerAgent: perAgent = null, zoneRevision = 0 } = zone;
  const known = await manager.query<unknown[]>(
    `SELECT 1 FROM zone_dispatch WHERE zone_id = ? AND zone_name = ?
     AND (revision > ? OR (revision = ? AND max_concurrent_runs = ? AND max_runs_per_agent = IFNULL(?, max_runs_per_agent)))`,
    [zoneId, zoneName, zoneRevision, zoneRevision, maxConcurrentRuns, perAgent],
  );
  if (known.length > 0) return;
  await manager.query(
    `INSERT INTO zone_dispatch (zone_id, zone_name, max_concurrent_runs, max_runs_per_agent, revision) VALUES (?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE zone_name = VALUES(zone_name),
       max_concurrent_runs = IF(revision <= VALUES(revision), VALUES(max_concurrent_runs), max_concurrent_runs),
       max_runs_per_agent = IF(? AND revision <= VALUES(revision), VALUES(max_runs_per_agent), max_runs_per_agent),
       revision = GREATEST(revision, VALUES(revision))`,
    [zoneId, zoneName, maxConcurrentRuns, perAgent ?? defaultRunsPerAgent, zoneRevision, perAgent !== null],
  );
};
