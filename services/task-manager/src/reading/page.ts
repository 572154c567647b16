import { AppError } from '@klevr/contracts/errors';
import type { z } from 'zod';

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/** An answer has to fit one NATS message of 1 MiB, with room for its envelope. */
export const largestAnswerBytes = 700 * 1024;

/**
 * From rows of which one more than `limit` was asked for. The cursor is the last id given. A page ends early where the next item would make the
 * answer too large; the first item is always given.
 */
export const page = <T extends { id: string }>(rows: readonly T[], limit: number): Page<T> => {
  const items: T[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, limit)) {
    bytes += bytesOf(row);
    if (items.length > 0 && bytes > largestAnswerBytes) break;
    items.push(row);
  }
  return { items, nextCursor: rows.length > items.length ? (items.at(-1)?.id ?? null) : null };
};

/** The cursor is an id of what is listed. Throws BAD_REQUEST for a text that no list of ours gave out. */
export const refuseForeignCursor = (cursor: string | undefined, id: z.ZodString): void => {
  if (cursor === undefined || id.safeParse(cursor).success) return;
  const errors = [{ path: 'cursor', message: 'is not a cursor of this list' }];
  throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors });
};

export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

export const isoOrNull = (at: Date | null): string | null => (at === null ? null : at.toISOString());
