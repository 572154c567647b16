import type { EntityManager } from 'typeorm';

/**
 * Many rows in one statement.
 * Promises: statements stay within a few megabytes.
 * Does not: quote names; tables and columns come from code, never from a message.
 */
export type SqlValue = string | number | boolean | Date | Buffer | null;

const rowsPerStatement = 500;
const bytesPerStatement = 2 * 1024 * 1024;
/** Their cases are compared one after the other, so the work grows with the square. */
const rowsPerUpdate = 100;

const sizeOf = (value: SqlValue): number => (typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8);

/** Parts of bounded size; a row that is larger by itself goes alone. */
function* partsOf<T>(rows: readonly T[], bytesOf: (row: T) => number): Generator<T[]> {
  let part: T[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = bytesOf(row);
    if (part.length > 0 && (part.length >= rowsPerStatement || bytes + size > bytesPerStatement)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(row);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

export interface InsertPlan {
  readonly table: string;
  readonly columns: readonly string[];
  /** `IGNORE`, or what follows ON DUPLICATE KEY UPDATE. */
  readonly ignore?: boolean;
  readonly onDuplicate?: string;
}

export const insertRows = async (manager: EntityManager, plan: InsertPlan, rows: readonly (readonly SqlValue[])[]): Promise<void> => {
  const head = `INSERT ${plan.ignore === true ? 'IGNORE ' : ''}INTO ${plan.table} (${plan.columns.join(', ')}) VALUES ?`;
  const tail = plan.onDuplicate === undefined ? '' : ` ON DUPLICATE KEY UPDATE ${plan.onDuplicate}`;
  for (const part of partsOf(rows, (row) => row.reduce<number>((sum, value) => sum + sizeOf(value), 0))) {
    await manager.query(head + tail, [part]);
  }
};

/**
 * Gives each of some rows its own new values, by its id. Answers how many were found. A joined update would do the same with a temporary table,
 * which MariaDB keeps on disk where there is a text among the columns. A column that gets the same value in all of them, as most do where many tasks end
 * alike, is no case: those cost the square of the rows.
 */
export const updateRows = async (
  manager: EntityManager,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly [id: string, ...values: SqlValue[]])[],
): Promise<number> => {
  let matched = 0;
  for (let start = 0; start < rows.length; start += rowsPerUpdate) {
    const part = rows.slice(start, start + rowsPerUpdate);
    const parameters: unknown[] = [];
    const sets = columns.map((column, index) => {
      const values = part.map((row) => row[index + 1] ?? null);
      const [value = null] = values;
      if (values.every((other) => other === value)) {
        parameters.push(value);
        return `${column} = ?`;
      }
      part.forEach(([id], row) => parameters.push(id, values[row]));
      return `${column} = CASE id ${'WHEN ? THEN ? '.repeat(part.length)}END`;
    });
    const sql = `UPDATE ${table} SET ${sets.join(', ')} WHERE id IN (?)`;
    matched += (await manager.query<{ affectedRows: number }>(sql, [...parameters, part.map((row) => row[0])])).affectedRows;
  }
  return matched;
};
