import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';
import { contextOf } from './credential-context.js';
import { hookContext } from './hook-secrets.js';
import { SecretBox, SecretLocked } from './secret-box.js';

/** A column with boxes in it; rows are told by their primary key. */
export interface BoxColumn {
  readonly table: string;
  readonly key: readonly string[];
  readonly column: string;
  readonly contextOf: (key: readonly string[]) => string;
}

/** Every column of this service that holds boxes. */
export const boxColumns: readonly BoxColumn[] = [
  { table: 'credentials', key: ['zone_id', 'name'], column: 'box', contextOf: ([zoneId = '', name = '']) => contextOf(zoneId, name) },
  { table: 'callbacks', key: ['id'], column: 'secret', contextOf: () => hookContext },
  { table: 'webhooks', key: ['id'], column: 'secret', contextOf: () => hookContext },
];

export interface Rotated {
  readonly table: string;
  looked: number;
  moved: number;
  /** What cannot be opened, and why. */
  readonly locked: string[];
}

const rowsAtOnce = 200;
const rounds = 3;

/**
 * Moves every box to the current master key, a few rows at a time, while the service runs.
 * Promises: a row that is changed meanwhile keeps its change; doing it again does nothing more; what cannot be opened is left as it is and told. Does not: read the
 * secrets themselves. A task-manager that still runs with the old key first may write more of the old kind: give all the new key first.
 */
export class RotationStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly box: SecretBox,
  ) {}

  /** A row that was changed under our hands is looked at again. */
  async rotate(column: BoxColumn): Promise<Rotated> {
    const rotated: Rotated = { table: column.table, looked: 0, moved: 0, locked: [] };
    for (let round = 0, missed = 1; round < rounds && missed > 0; round += 1) {
      Object.assign(rotated, { looked: 0 });
      rotated.locked.length = 0;
      missed = await this.pass(column, rotated);
    }
    return rotated;
  }

  private async pass(column: BoxColumn, rotated: Rotated): Promise<number> {
    let missed = 0;
    for (let after: readonly string[] | undefined, more = true; more;) {
      const rows = await this.read(column, after);
      for (const row of rows) if (!(await this.moveOne(column, row, rotated))) missed += 1;
      more = rows.length === rowsAtOnce;
      after = rows.at(-1)?.key;
    }
    return missed;
  }

  private async read({ table, key, column }: BoxColumn, after: readonly string[] | undefined): Promise<Row[]> {
    const names = key.join(', ');
    const where = after === undefined ? '' : `WHERE (${names}) > (?)`;
    const sql = `SELECT ${names}, ${column} box FROM ${table} ${where} ORDER BY ${names} LIMIT ?`;
    const found = await guarded(() =>
      this.dataSource.query<Record<string, string>[]>(sql, [...(after === undefined ? [] : [after]), rowsAtOnce]),
    );
    return found.map((row) => ({ key: key.map((name) => row[name] ?? ''), box: row['box'] ?? '' }));
  }

  /** What was stored before it was sealed is sealed now. */
  private moved(box: string, context: string): string | undefined {
    return this.box.isBox(box) ? this.box.rewrapped(box, context) : this.box.seal(box, context);
  }

  /** False where the row was changed meanwhile. */
  private async moveOne({ table, key, column, contextOf: contextOfRow }: BoxColumn, row: Row, rotated: Rotated): Promise<boolean> {
    rotated.looked += 1;
    try {
      const moved = this.moved(row.box, contextOfRow(row.key));
      if (moved === undefined) return true;
      const where = key.map((name) => `${name} = ?`).join(' AND ');
      const sql = `UPDATE ${table} SET ${column} = ? WHERE ${where} AND ${column} = ?`;
      const { affectedRows } = await guarded(() => this.dataSource.query<{ affectedRows: number }>(sql, [moved, ...row.key, row.box]));
      rotated.moved += affectedRows;
      return affectedRows === 1;
    } catch (error) {
      if (!(error instanceof SecretLocked)) throw error;
      rotated.locked.push(`${row.key.join('/')}: ${error.message}`);
      return true;
    }
  }
}

interface Row {
  readonly key: readonly string[];
  readonly box: string;
}
