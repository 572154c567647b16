import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';
import { outbox } from '../tables/names.js';

/** What one statement took away. */
export interface Forgotten {
  readonly table: string;
  readonly rows: number;
}

const rowsAtOnce = 500;
/** Of each zone that is there, however long ago they were. */
const keptTerms = 10;
const zonesAtOnce = 500;

/**
 * Bounds the history of this service by age: terms of primaries, closed incidents, join tokens that nobody can use any more, events that could not be published.
 * Promises: the last terms of every zone stay, with the last two that were ready (what the next gap is measured by), and so does the highest epoch of all, which
 * the epoch floor is above; what is open is never touched; several replicas may do it at once. Does not: touch what schedules keep, or revocations.
 */
@Injectable()
export class HistoryStore {
  constructor(private readonly dataSource: DataSource) {}

  async *forget(before: Date): AsyncGenerator<Forgotten, void, undefined> {
    yield* this.terms(before);
    yield* this.drain('incidents', 'closed_at < ?', [before]);
    yield* this.drain('join_tokens', '(expires_at < ? OR revoked_at < ?)', [before, before]);
    yield* this.drain(outbox.name, 'refused IS NOT NULL AND created_at < ?', [before]);
  }

  private async *terms(before: Date): AsyncGenerator<Forgotten, void, undefined> {
    const [highest] = await this.query<{ epoch: string | null }>('SELECT CAST(MAX(epoch) AS CHAR) epoch FROM terms', []);
    if (highest === undefined || highest.epoch === null) return;
    for (let after = '', found = zonesAtOnce; found === zonesAtOnce;) {
      const sql = `SELECT t.zone_id zoneId, z.id IS NOT NULL there FROM (SELECT DISTINCT zone_id FROM terms WHERE zone_id > ? ORDER BY zone_id LIMIT ?) t
        LEFT JOIN zones z ON z.id = t.zone_id ORDER BY t.zone_id`;
      const zones = await this.query<{ zoneId: string; there: number }>(sql, [after, zonesAtOnce]);
      for (const { zoneId, there } of zones) {
        const below = there === 1 ? await this.keptFrom(zoneId) : highest.epoch;
        if (below === undefined) continue;
        const condition = 'zone_id = ? AND epoch < ? AND epoch < ? AND IFNULL(to_at, from_at) < ?';
        yield* this.drain('terms', condition, [zoneId, below, highest.epoch, before]);
      }
      found = zones.length;
      after = zones.at(-1)?.zoneId ?? '';
    }
  }

  /** Undefined where all of them are. */
  private async keptFrom(zoneId: string): Promise<string | undefined> {
    const newest = 'SELECT CAST(epoch AS CHAR) epoch FROM terms WHERE zone_id = ?';
    const [last] = await this.query<{ epoch: string }>(`${newest} ORDER BY terms.epoch DESC LIMIT 1 OFFSET ${keptTerms - 1}`, [zoneId]);
    if (last === undefined) return undefined;
    const ready = await this.query<{ epoch: string }>(`${newest} AND ready_at IS NOT NULL ORDER BY terms.epoch DESC LIMIT 2`, [zoneId]);
    return [last, ...ready].map(({ epoch }) => epoch).reduce((a, b) => (BigInt(a) < BigInt(b) ? a : b));
  }

  private async *drain(table: string, condition: string, parameters: unknown[]): AsyncGenerator<Forgotten, void, undefined> {
    for (let rows = rowsAtOnce; rows === rowsAtOnce;) {
      const sql = `DELETE FROM ${table} WHERE ${condition} LIMIT ${rowsAtOnce}`;
      ({ affectedRows: rows } = await guarded(() => this.dataSource.query<{ affectedRows: number }>(sql, parameters)));
      yield { table, rows };
    }
  }

  private query<T>(sql: string, parameters: unknown[]): Promise<T[]> {
    return guarded(() => this.dataSource.query<T[]>(sql, parameters));
  }
}
