import { AppError } from '@klevr/contracts/errors';
import type { z } from 'zod';

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/** An answer has to fit one NATS message of 1 MiB, with room for its envelope. */
const largestAnswerBytes = 700 * 1024;

/**
 * From rows of which one more than `limit` was asked for. The cursor is `idOf` the last one given. A page ends early where the next item would make the answer
 * too large; the first item is always given.
 */
export const page = <T>(rows: readonly T[], limit: number, idOf: (row: T) => string): Page<T> => {
  const items: T[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, limit)) {
    bytes += Buffer.byteLength(JSON.stringify(row));
    if (items.length > 0 && bytes > largestAnswerBytes) break;
    items.push(row);
  }
  const last = items.at(-1);
  return { items, nextCursor: rows.length > items.length && last !== undefined ? idOf(last) : null };
};

/** Throws BAD_REQUEST for a text that no list of ours gave out. */
export const refuseForeignCursor = (cursor: string | undefined, schema: z.ZodType): void => {
  if (cursor === undefined || schema.safeParse(cursor).success) return;
  throw new AppError('BAD_REQUEST', 'The request has faulty fields', {
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
};
