export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/** From rows of which one more than `limit` was asked for. The cursor is the last id given. */
export const page = <T extends { id: string }>(rows: readonly T[], limit: number): Page<T> => {
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
};

export const isoOrNull = (at: Date | null): string | null => (at === null ? null : at.toISOString());
