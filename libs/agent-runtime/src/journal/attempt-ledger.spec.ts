import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AttemptLedger } from './attempt-ledger.js';
import { attemptStates, type AttemptEntry } from './journal-record.js';

const entry = (changes: Partial<AttemptEntry> = {}): AttemptEntry => ({
  runId: 'run',
  attempt: 1,
  state: 'starting',
  notAfterMs: 1_000,
  settled: false,
  ...changes,
});

describe('the ledger of attempts', () => {
  it('never goes back, whatever order its records come in', () => {
    const records = fc.array(fc.record({ state: fc.constantFrom(...attemptStates), settled: fc.boolean() }), { minLength: 1 });
    fc.assert(
      fc.property(records, (changes) => {
        const ledger = new AttemptLedger();
        let highest = -1;
        for (const change of changes) {
          ledger.put(entry(change));
          const found = ledger.find(entry());
          const rank = attemptStates.indexOf(found?.state ?? 'accepted') * 2 + (found?.settled === true ? 1 : 0);
          expect(rank).toBeGreaterThanOrEqual(highest);
          highest = rank;
        }
      }),
    );
  });

  it('forgets an attempt only when its end was stored and its command has been void for a minute', () => {
    const ledger = new AttemptLedger();
    ledger.put(entry({ runId: 'settled', state: 'finished', settled: true }));
    ledger.put(entry({ runId: 'unanswered', state: 'finished' }));
    ledger.put(entry({ runId: 'running' }));
    expect(ledger.prune(61_000)).toBe(0);
    expect(ledger.prune(61_001)).toBe(1);
    expect([...ledger.all()].map(({ runId }) => runId)).toEqual(['unanswered', 'running']);
  });

  it('tells of unfinished attempts first, and of no tombstones', () => {
    const ledger = new AttemptLedger();
    ledger.put(entry({ runId: 'done', state: 'finished' }));
    ledger.put(entry({ runId: 'told', state: 'finished', settled: true }));
    ledger.put(entry({ runId: 'buried', state: 'refused' }));
    ledger.put(entry({ runId: 'running' }));
    expect(ledger.known(1)).toEqual([{ runId: 'running', attempt: 1, state: 'running' }]);
    expect(ledger.known(9).map(({ runId }) => runId)).toEqual(['running', 'done']);
  });
});
