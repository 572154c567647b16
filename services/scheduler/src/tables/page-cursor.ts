import { AppError } from '@klevr/contracts/errors';

/** Lists are ordered by a key that never changes (an id, an epoch), and a cursor is the last key that was shown. */
export const cursorOf = (key: string): string => Buffer.from(key, 'utf8').toString('base64url');

/** The key in a cursor. Throws BAD_REQUEST for a text that no list of ours gave out. */
export const keyOfCursor = (cursor: string | undefined, pattern: RegExp): string | undefined => {
  if (cursor === undefined) return undefined;
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (pattern.test(key)) return key;
  throw new AppError('BAD_REQUEST', 'The request has faulty fields', {
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
};

/** One page from `limit + 1` rows: the extra one only tells that there are more. */
export const pageOf = <R, T>(rows: readonly R[], limit: number, keyOf: (row: R) => string, view: (row: R) => T) => {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(view), nextCursor: rows.length > limit && last !== undefined ? cursorOf(keyOf(last)) : null };
};

export const idPattern = /^[a-z]+_[0-9A-Z]{26}$/;
export const epochPattern = /^[0-9]{1,20}$/;
