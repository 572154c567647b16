import type { EventFact } from '@klevr/contracts/fact';
import { AttemptLedger } from './attempt-ledger.js';
import { FactSpool } from './fact-spool.js';
import { JournalRecord } from './journal-record.js';

/**
 * What the records of a journal tell, from the first to the last.
 * Promises: reading records twice, or those of a snapshot and again the ones it was made from, gives the same. A record of a kind that is not known here is
 * passed over. `id` is undefined where the head is missing.
 */
export interface ToldByJournal {
  readonly id: string | undefined;
  readonly ledger: AttemptLedger;
  readonly facts: FactSpool<EventFact>;
  readonly floor: number;
}

/** Once such a fact is answered, the centre knows all that it has to of its attempt. */
export const endsAttempt = ({ kind }: EventFact): boolean => kind === 'finished' || kind === 'refused';

export const foldJournal = (records: readonly unknown[]): ToldByJournal => {
  const ledger = new AttemptLedger();
  const facts: EventFact[] = [];
  let id: string | undefined;
  let [floor, answered, nextSeq] = [0, 0, 1];
  for (const raw of records) {
    const record = JournalRecord.safeParse(raw).data;
    if (record?.t === 'journal') id ??= record.id;
    else if (record?.t === 'attempt') ledger.put(record.entry);
    else if (record?.t === 'fact') facts.push(record.fact);
    else if (record?.t === 'floor') floor = Math.max(floor, record.epoch);
    else if (record?.t === 'answered') answered = Math.max(answered, record.seq);
    else if (record?.t === 'nextSeq') nextSeq = Math.max(nextSeq, record.seq);
  }
  for (const fact of facts) if (fact.seq <= answered && endsAttempt(fact)) ledger.settle(fact);
  const spool = new FactSpool<EventFact>();
  spool.restore(facts, answered, nextSeq);
  return { id, ledger, facts: spool, floor };
};
