import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { AttemptLedger } from '../journal/attempt-ledger.js';
import { KeptLog } from '../kept-log.fixture.js';
import { applyVerdicts } from './verdicts.js';

describe('verdicts', () => {
  it('stop what runs, forget what has ended, and let everything else be', () => {
    const ledger = new AttemptLedger();
    const keys = (['keep', 'stop', 'sendResult', 'forget'] as const).map((verdict) => ({ runId: newId('run'), attempt: 1, verdict }));
    for (const key of keys)
      ledger.put({ ...key, state: key.verdict === 'forget' ? 'finished' : 'starting', notAfterMs: 0, settled: false });
    const [stopped, forgotten]: [string[], string[]] = [[], []];
    const runs = { stop: ({ runId }: { runId: string }) => stopped.push(runId) > 0 };
    applyVerdicts(keys, { journal: { ledger, forget: ({ runId }) => void forgotten.push(runId) }, runs, log: new KeptLog() });
    expect([stopped, forgotten]).toEqual([[keys[1]?.runId], [keys[3]?.runId]]);
  });

  it('never forget what may still run', () => {
    const ledger = new AttemptLedger();
    const key = { runId: newId('run'), attempt: 1 };
    ledger.put({ ...key, state: 'starting', notAfterMs: 0, settled: false });
    const forgotten: string[] = [];
    const journal = { ledger, forget: ({ runId }: { runId: string }) => void forgotten.push(runId) };
    applyVerdicts([{ ...key, verdict: 'forget' }], { journal, runs: { stop: () => false }, log: new KeptLog() });
    expect(forgotten).toEqual([]);
  });
});
