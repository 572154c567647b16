import type { EntityManager } from 'typeorm';

/**
 * Many rows in one statement.
 * Promises: statements stay within a few megabytes; an update touches only rows that still match its guard and tells how many did.
 * Does not: quote names; tables and columns come from code, never from a message.
 */
export type SqlValue = string | number | boolean | Date | Buffer | null;

const rowsPerStatement = 500;
const bytesPerStatement = 2 * 1024 * 1024;

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

export interface UpdatePlan {
  readonly table: string;
  /** Column → SQL type, for everything that the rows carry. */
  readonly columns: Readonly<Record<string, string>>;
  /** What finds the row and guards it, e.g. `r.id = v.id AND r.state = v.was_state`. */
  readonly where: string;
  /** e.g. `r.state = v.state`. */
  readonly set: string;
}

/** Answers how many rows matched. */
export const updateRows = async (
  manager: EntityManager,
  plan: UpdatePlan,
  rows: readonly Readonly<Record<string, SqlValue>>[],
): Promise<number> => {
  const columns = Object.entries(plan.columns).map(([name, type]) => `${name} ${type} PATH '$.${name}'`);
  const sql =
    `UPDATE JSON_TABLE(?, '$[*]' COLUMNS (${columns.join(', ')})) v ` + `STRAIGHT_JOIN ${plan.table} r ON ${plan.where} SET ${plan.set}`;
  let matched = 0;
  for (const part of partsOf(rows, (row) => Object.values(row).reduce<number>((sum, value) => sum + sizeOf(value), 0))) {
    const result = await manager.query<{ affectedRows: number }>(sql, [JSON.stringify(part.map(plain))]);
    matched += result.affectedRows;
  }
  return matched;
};

const plain = (row: Readonly<Record<string, SqlValue>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));

/** MariaDB refuses a JSON document with half a surrogate pair in it. */
const plainValue = (value: SqlValue): unknown => {
  if (value instanceof Date) return sqlDate(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') return value.toWellFormed();
  return value;
};

const sqlDate = (at: Date): string => at.toISOString().replace('T', ' ').replace('Z', '');
