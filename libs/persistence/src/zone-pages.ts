/**
 * A page of a list over some zones.
 *
 * Promises: of each zone no more than `limit` entries of its index (zone_id, id) are read and sorted, however many rows it has; a plain
 * `zone_id IN (…) ORDER BY id` would read all rows of all these zones, or the whole table. Does not: bound what is read where `and` drops
 * most of a zone's rows, as it would not for a single zone either.
 */
export interface ZonePage {
  readonly table: string;
  /** At least one. */
  readonly zoneIds: readonly string[];
  /** Further conditions on the table, with their values. */
  readonly and: readonly (readonly [sql: string, values: readonly unknown[]])[];
  readonly order: 'ASC' | 'DESC';
  readonly limit: number;
}

/** A query for the ids. */
export const idsByZone = ({ table, zoneIds, and, order, limit }: ZonePage): { sql: string; values: unknown[] } => {
  const where = ['zone_id = ?', ...and.map(([condition]) => condition)].join(' AND ');
  const ofEach = `(SELECT id FROM ${table} WHERE ${where} ORDER BY id ${order} LIMIT ?)`;
  const values = zoneIds.flatMap((zoneId) => [zoneId, ...and.flatMap(([, given]) => given), limit]);
  return { sql: `${zoneIds.map(() => ofEach).join(' UNION ALL ')} ORDER BY id ${order} LIMIT ?`, values: [...values, limit] };
};

/** The zones that both a list's own filter and what its reader may see allow; undefined for all, none where the list is empty. */
export const zonesToList = (zoneId: string | undefined, scope: readonly string[] | undefined): readonly string[] | undefined => {
  if (zoneId === undefined) return scope && [...new Set(scope)];
  return scope === undefined || scope.includes(zoneId) ? [zoneId] : [];
};
