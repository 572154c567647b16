/**
 * A table of given values, to join a table with whose rows each get values of their own in one statement. `row` is its SELECT list. Ids in it compare as the
 * columns do (`derivedId`), so that rows are found by their keys.
 */
export const derivedTable = (rows: number, row: string): string =>
  `(${Array.from({ length: rows }, () => `SELECT ${row}`).join(' UNION ALL ')})`;

export const derivedId = 'CONVERT(? USING ascii) COLLATE ascii_bin';
