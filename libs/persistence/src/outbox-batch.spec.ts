import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { wavesOf, type OutboxRow } from './outbox-batch.js';

const rowsOf = (subjects: readonly string[]): OutboxRow[] =>
  subjects.map((subject, rowId) => ({ rowId, message: { id: `m${rowId}`, subject, headers: {}, body: null } }));

describe('wavesOf', () => {
  it('keeps every row, each subject once a wave, and each subject in order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd')), (subjects) => {
        const rows = rowsOf(subjects);
        const waves = wavesOf(rows);
        expect(waves.flat().length).toBe(rows.length);
        for (const wave of waves) expect(new Set(wave.map((row) => row.message.subject)).size).toBe(wave.length);
        for (const subject of new Set(subjects)) {
          const only = (list: readonly OutboxRow[]): unknown[] =>
            list.filter((row) => row.message.subject === subject).map((row) => row.rowId);
          expect(only(waves.flat())).toEqual(only(rows));
        }
      }),
    );
  });

  it('sends different subjects together', () => {
    expect(wavesOf(rowsOf(['a', 'b', 'c']))).toHaveLength(1);
  });
});
