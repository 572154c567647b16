import type { AuditEntriesStore } from '../audit-entries.store.js';
import type { ChainedEntry, ChainPlace } from '../audit-entry.js';
import { AuditKeys, newAuditKey, type SignedPlace } from '../audit-keys.js';
import { recordOf } from '../audit-schemas.js';

export const keys = new AuditKeys(newAuditKey());
export const signedAt = '2026-01-01T00:00:00.000Z';
export const head = (place: ChainPlace, by = keys): SignedPlace => by.sign('klevr-audit-head', place, signedAt);
export const placeOf = (entry: ChainedEntry | undefined): ChainPlace => ({ seq: entry?.seq ?? 0, hash: entry?.hash ?? '' });

/** As the tables would be. */
export class Tables {
  rows: ChainedEntry[];
  anchored: SignedPlace | undefined;
  ends: ChainPlace;

  constructor(rows: readonly ChainedEntry[]) {
    this.rows = [...rows];
    this.ends = placeOf(rows.at(-1));
  }

  get store(): AuditEntriesStore {
    return this as unknown as AuditEntriesStore;
  }

  head(): Promise<ChainPlace> {
    return Promise.resolve(this.ends);
  }

  anchor(): Promise<SignedPlace | undefined> {
    return Promise.resolve(this.anchored);
  }

  next(_filter: unknown, after: number, _last: number, limit: number): Promise<ChainedEntry[]> {
    const sorted = this.rows.filter(({ seq }) => seq > after).sort((a, b) => a.seq - b.seq);
    return Promise.resolve(sorted.slice(0, limit));
  }

  edit(seq: number, changes: Partial<ChainedEntry>): void {
    this.rows = this.rows.map((row) => (row.seq === seq ? { ...row, ...changes } : row));
  }

  *export(): Generator<string> {
    yield JSON.stringify({ klevrAuditExport: 1, isWhole: true, anchor: this.anchored ?? null });
    for (const row of this.rows) yield JSON.stringify(recordOf(row));
    yield JSON.stringify({ head: head(this.ends) });
  }
}

export async function* linesOf(lines: Iterable<string>): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}
