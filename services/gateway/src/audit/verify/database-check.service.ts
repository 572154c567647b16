import type { AuditEntriesStore } from '../audit-entries.store.js';
import type { AuditKeys, SignedPlace } from '../audit-keys.js';
import { beginning } from '../chain.js';
import { ChainCheck, type ChainFault, type Verified, verifiedBy } from './chain-check.js';
import { badSignature } from './signed-heads.js';

const READ_AT_ONCE = 1_000;
/** The oldest part may be cut off while it is read; then it begins again behind that. */
const MOST_BEGINNINGS = 5;

/** Checks the trail in a database, which may be written to meanwhile. */
export async function checkDatabase(
  entries: AuditEntriesStore,
  keys: AuditKeys | undefined,
  heads: readonly SignedPlace[],
): Promise<ChainFault | Verified> {
  for (let attempt = 1; ; attempt++) {
    const anchor = await entries.anchor();
    const forged = anchor === undefined ? undefined : badSignature(keys, 'klevr-audit-anchor', [anchor]);
    if (forged !== undefined) return forged;
    const check = new ChainCheck(anchor ?? beginning, heads);
    const fault = check.begin() ?? (await walk(entries, check));
    if (fault === undefined) return verifiedBy(check);
    const isCutMeanwhile = (await entries.anchor())?.seq !== anchor?.seq;
    if (!isCutMeanwhile || attempt === MOST_BEGINNINGS) return fault;
  }
}

async function walk(entries: AuditEntriesStore, check: ChainCheck): Promise<ChainFault | undefined> {
  // What lies before the beginning must not be there.
  let after = -1;
  for (;;) {
    // Read before the entries: whatever it says must be there.
    const head = await entries.head();
    const page = await entries.next({}, after, Number.MAX_SAFE_INTEGER, READ_AT_ONCE);
    for (const entry of page) {
      const fault = check.take(entry);
      if (fault !== undefined) return fault;
    }
    after = check.last.seq;
    if (page.length > 0) continue;
    // What was appended between the two reads is behind this head; the next round has it.
    return check.end(head);
  }
}
