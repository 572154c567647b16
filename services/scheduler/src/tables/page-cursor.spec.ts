import { describe, expect, it } from '@jest/globals';
import { cursorOf, epochPattern, idPattern, keyOfCursor, pageOf } from './page-cursor.js';

describe('cursors', () => {
  it('come back as the key that they were made of', () => {
    const id = 'agt_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
    expect(keyOfCursor(cursorOf(id), idPattern)).toBe(id);
    expect(keyOfCursor(undefined, idPattern)).toBeUndefined();
  });

  it.each(['', 'x', cursorOf("' OR 1=1"), cursorOf('agt_x')])('refuse %j', (cursor) => {
    expect(() => keyOfCursor(cursor, idPattern)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
    expect(() => keyOfCursor(cursor, epochPattern)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });

  it('lead to the next page only where there is one', () => {
    const page = (rows: string[]) =>
      pageOf(
        rows,
        2,
        (row) => row,
        (row) => row.toUpperCase(),
      );
    expect(page(['a', 'b', 'c'])).toEqual({ items: ['A', 'B'], nextCursor: cursorOf('b') });
    expect(page(['a', 'b'])).toEqual({ items: ['A', 'B'], nextCursor: null });
    expect(page([])).toEqual({ items: [], nextCursor: null });
  });
});
