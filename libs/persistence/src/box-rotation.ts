import { SecretBox, SecretLocked } from '@klevr/platform/secret-box';
import type { DataSource } from 'typeorm';
import { guarded } from './database-errors.js';

/** A column with boxes in it; rows are told by their primary key. */
export interface BoxColumn {
  readonly table: string;
  readonly key: readonly string[];
  readonly column: string;
  readonly contextOf: (key: readonly string[]) => string;
  /** Where the column is more than a box: the text with each secret in it, sealed or plain, changed. */
  readonly within?: (text: string, change: (secret: string) => string) => string;
}

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
 * Moves every box to the current master key, a few rows at a time, while the services run; what was stored in plain before its column held boxes is sealed.
 * Promises: a row that is changed meanwhile keeps its change; doing it again, also after it was broken off, does only what is left; what cannot be opened is left
 * as it is and told. Does not: read the secrets themselves. A service that still runs with the old key first may write more of the old kind: give all the new key
 * first.
 */
export class BoxRotation {
  constructor(
    private readonly dataSource: Pick<DataSource, 'query'>,
    private readonly box: SecretBox,
  ) {}

  /** A row that was changed under our hands is looked at again. */
  rotate(column: BoxColumn): Promise<Rotated> {
    return this.over(column, (secret, context) =>
      this.box.isBox(secret) ? this.box.rewrapped(secret, context) : this.sealed(secret, context),
    );
  }

  /** Only what is stored in plain; boxes stay under the key that they are under. */
  sealPlain(column: BoxColumn): Promise<Rotated> {
    return this.over(column, (secret, context) => (this.box.isBox(secret) ? undefined : this.sealed(secret, context)));
  }

  private sealed(secret: string, context: string): string {
    return this.box.seal(secret, context);
  }

  private async over(column: BoxColumn, move: Move): Promise<Rotated> {
    const rotated: Rotated = { table: column.table, looked: 0, moved: 0, locked: [] };
    for (let round = 0, missed = 1; round < rounds && missed > 0; round += 1) {
      Object.assign(rotated, { looked: 0 });
      rotated.locked.length = 0;
      missed = await this.pass(column, move, rotated);
    }
    return rotated;
  }

  private async pass(column: BoxColumn, move: Move, rotated: Rotated): Promise<number> {
    let missed = 0;
    for (let after: readonly string[] | undefined, more = true; more;) {
      const rows = await this.read(column, after);
      for (const row of rows) if (!(await this.moveOne(column, row, move, rotated))) missed += 1;
      more = rows.length === rowsAtOnce;
      after = rows.at(-1)?.key;
    }
    return missed;
  }

  private async read({ table, key, column }: BoxColumn, after: readonly string[] | undefined): Promise<Row[]> {
    const names = key.join(', ');
    const where = after === undefined ? '' : `WHERE (${names}) > (?)`;
    // As text, whatever the driver makes of the column's type.
    const sql = `SELECT ${names}, CONCAT(${column}, '') boxText FROM ${table} ${where} ORDER BY ${names} LIMIT ?`;
    const found = await guarded(() =>
      this.dataSource.query<Record<string, string>[]>(sql, [...(after === undefined ? [] : [after]), rowsAtOnce]),
    );
    return found.map((row) => ({ key: key.map((name) => row[name] ?? ''), text: row['boxText'] ?? '' }));
  }

  /** False where the row was changed meanwhile. */
  private async moveOne(
    { table, key, column, contextOf, within = whole }: BoxColumn,
    row: Row,
    move: Move,
    rotated: Rotated,
  ): Promise<boolean> {
    rotated.looked += 1;
    try {
      const context = contextOf(row.key);
      let changes = 0;
      const text = within(row.text, (secret) => {
        const moved = move(secret, context);
        if (moved !== undefined) changes += 1;
        return moved ?? secret;
      });
      if (changes === 0) return true;
      const where = key.map((name) => `${name} = ?`).join(' AND ');
      const sql = `UPDATE ${table} SET ${column} = ? WHERE ${where} AND ${column} = ?`;
      const { affectedRows } = await guarded(() => this.dataSource.query<{ affectedRows: number }>(sql, [text, ...row.key, row.text]));
      rotated.moved += affectedRows;
      return affectedRows === 1;
    } catch (error) {
      if (!(error instanceof SecretLocked)) throw error;
      rotated.locked.push(`${row.key.join('/')}: ${error.message}`);
      return true;
    }
  }
}

/** Undefined where it stays as it is. */
type Move = (secret: string, context: string) => string | undefined;

const whole = (text: string, change: (secret: string) => string): string => change(text);

interface Row {
  readonly key: readonly string[];
  readonly text: string;
}
