import { canonicalText } from '../../http/canonical-digest.js';
import type { AuditEntry, ChainedEntry } from '../audit-entry.js';
import type { AuditKeys, SignedPlace } from '../audit-keys.js';
import { beginning } from '../chain.js';
import { ExportBeginning, ExportEnd, ExportEntry } from '../export-lines.js';
import { ChainCheck, type ChainFault, type Verified, verifiedBy } from './chain-check.js';
import { badSignature } from './signed-heads.js';

/** Checks an exported trail, line by line, with nothing but the keys. */
export async function checkExport(
  lines: AsyncIterable<string>,
  keys: AuditKeys | undefined,
  heads: readonly SignedPlace[],
): Promise<ChainFault | Verified> {
  let check: ChainCheck | undefined;
  let end: SignedPlace | undefined;
  for await (const line of lines) {
    if (check === undefined) {
      const start = ExportBeginning.safeParse(valueOf(line));
      if (!start.success) return { seq: 0, message: 'this does not begin like an export of the audit trail' };
      const { isWhole, anchor } = start.data;
      if (!isWhole) return { seq: 0, message: 'this export was filtered: what is not in it cannot be told from what was taken out' };
      const forged = anchor === null ? undefined : badSignature(keys, 'klevr-audit-anchor', [anchor]);
      if (forged !== undefined) return forged;
      check = new ChainCheck(anchor ?? beginning, heads);
      const other = check.begin();
      if (other !== undefined) return other;
      continue;
    }
    const seq = check.last.seq + 1;
    if (end !== undefined) return { seq, message: 'there is something behind the head that ends the export' };
    const value = valueOf(line);
    const last = ExportEnd.safeParse(value);
    if (last.success) {
      end = last.data.head;
      continue;
    }
    const entry = ExportEntry.safeParse(value);
    if (!entry.success) return { seq, message: 'this line is no entry' };
    const wrong = check.take(chainedOf(entry.data));
    if (wrong !== undefined) return wrong;
  }
  if (check === undefined) return { seq: 0, message: 'this does not begin like an export of the audit trail' };
  if (end === undefined) return { seq: check.last.seq + 1, message: 'the export ends without its signed head: it was cut off' };
  return badSignature(keys, 'klevr-audit-head', [end]) ?? check.end(end) ?? verifiedBy(check);
}

const chainedOf = ({ change, ...entry }: ReturnType<typeof ExportEntry.parse>): ChainedEntry => ({
  ...(entry as Omit<AuditEntry, 'change'> & { seq: number; hash: string }),
  change: change === null ? null : canonicalText(change),
});

function valueOf(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
