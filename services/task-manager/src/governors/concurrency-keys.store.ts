import type { ConcurrencyKey } from '@klevr/contracts/governor';
import { guarded } from '@klevr/persistence/database-errors';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { placedStates } from '../runs/run-state.js';
import { outOfSight } from './places.store.js';
import { defaultCapacity } from './room.js';

const holdersTold = 100;
export const keysAtMost = 10_000;

/** Named limits of zones: those whose capacity was set, and those that runs use now. */
@Injectable()
export class ConcurrencyKeysStore {
  constructor(private readonly dataSource: DataSource) {}

  /** By name; `after` is the last name of the page before. */
  list(zoneId: string, after: string, limit: number): Promise<ConcurrencyKey[]> {
    return guarded(async () => {
      const rows = await this.dataSource.query<{ name: string }[]>(
        `SELECT name FROM (
           SELECT name FROM concurrency_keys WHERE zone_id = ?
           UNION SELECT concurrency_key FROM runs WHERE zone_id = ? AND state IN (?) AND concurrency_key IS NOT NULL
         ) names WHERE name > ? ORDER BY name LIMIT ?`,
        [zoneId, zoneId, ['queued', ...placedStates], after, limit],
      );
      return this.read(
        zoneId,
        rows.map(({ name }) => name),
      );
    });
  }

  get(zoneId: string, name: string): Promise<ConcurrencyKey | undefined> {
    return guarded(async () => (await this.read(zoneId, [name]))[0]);
  }

  /** Answers whether there was room for one more name. */
  set(zoneId: string, name: string, capacity: number): Promise<boolean> {
    return guarded(async () => {
      const sql = `INSERT INTO concurrency_keys (zone_id, name, capacity)
        SELECT ?, ?, ? FROM DUAL WHERE (SELECT COUNT(*) FROM concurrency_keys WHERE zone_id = ? AND name <> ?) < ?
        ON DUPLICATE KEY UPDATE capacity = VALUES(capacity)`;
      await this.dataSource.query(sql, [zoneId, name, capacity, zoneId, name, keysAtMost]);
      const stored = 'SELECT 1 FROM concurrency_keys WHERE zone_id = ? AND name = ?';
      return (await this.dataSource.query<unknown[]>(stored, [zoneId, name])).length > 0;
    });
  }

  /** Answers whether it had been set. */
  remove(zoneId: string, name: string): Promise<boolean> {
    const sql = 'DELETE FROM concurrency_keys WHERE zone_id = ? AND name = ?';
    return guarded(async () => (await this.dataSource.query<{ affectedRows: number }>(sql, [zoneId, name])).affectedRows > 0);
  }

  private async read(zoneId: string, names: readonly string[]): Promise<ConcurrencyKey[]> {
    if (names.length === 0) return [];
    const set = await this.dataSource.query<{ name: string; capacity: number }[]>(
      'SELECT name, capacity FROM concurrency_keys WHERE zone_id = ? AND name IN (?)',
      [zoneId, names],
    );
    const counts = await this.dataSource.query<{ name: string; held: number | string; waiting: number | string }[]>(
      `SELECT concurrency_key name, SUM(state <> 'queued' OR (${outOfSight})) held, SUM(state = 'queued' AND due = 1) waiting
       FROM runs WHERE zone_id = ? AND state IN (?) AND concurrency_key IN (?) GROUP BY concurrency_key`,
      [zoneId, ['queued', ...placedStates], names],
    );
    const holders = await this.dataSource.query<{ name: string; runId: string; taskId: string }[]>(
      `SELECT name, runId, taskId FROM (
         SELECT concurrency_key name, id runId, task_id taskId, ROW_NUMBER() OVER (PARTITION BY concurrency_key ORDER BY id) place
         FROM runs WHERE zone_id = ? AND (state IN (?) OR (${outOfSight})) AND concurrency_key IN (?)
       ) numbered WHERE place <= ? ORDER BY runId`,
      [zoneId, placedStates, names, holdersTold],
    );
    return names.map((name) => {
      const count = counts.find((row) => row.name === name);
      return {
        key: name,
        zoneId,
        capacity: set.find((row) => row.name === name)?.capacity ?? defaultCapacity,
        holders: holders.flatMap(({ runId, taskId, ...row }) => (row.name === name ? [{ runId, taskId }] : [])),
        held: Number(count?.held ?? 0),
        waiting: Number(count?.waiting ?? 0),
      };
    });
  }
}
