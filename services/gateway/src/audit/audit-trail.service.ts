import { Injectable } from '@nestjs/common';
import type { PageQuery } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import type { ChainPlace } from './audit-entry.js';
import { AuditEntriesStore } from './audit-entries.store.js';
import { AuditKeys, type SignedPlace } from './audit-keys.js';
import { type AuditFilter, type AuditPage, recordOf } from './audit-schemas.js';
import { beginning } from './chain.js';
import { type ExportBeginning, exportVersion } from './export-lines.js';

const EXPORTED_AT_ONCE = 500;

/** Tells what is in the audit trail. */
@Injectable()
export class AuditTrailService {
  constructor(
    private readonly entries: AuditEntriesStore,
    readonly keys: AuditKeys,
    private readonly clock: Clock,
  ) {}

  /** Newest first; the cursor is the number of the last one told, so what is added meanwhile moves nothing. */
  async list(filter: AuditFilter, { limit, cursor }: PageQuery): Promise<AuditPage> {
    const found = await this.entries.newest(filter, placeOf(cursor), limit + 1);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items: items.map(recordOf), nextCursor: found.length > limit && last !== undefined ? String(last.seq) : null };
  }

  async head(): Promise<SignedPlace> {
    return this.keys.sign('klevr-audit-head', await this.entries.head(), this.now());
  }

  /** What says that the chain begins behind this place. */
  anchorAt(place: ChainPlace): SignedPlace {
    return this.keys.sign('klevr-audit-anchor', place, this.now());
  }

  /**
   * Lines of JSON: where it begins, the entries in the order of the chain up to what is the head now, the signed head. A page at a time, as fast as
   * they are taken. Reading fails where entries that belong between two others are not there any more.
   */
  async export(filter: AuditFilter): Promise<AsyncGenerator<string>> {
    const isWhole = Object.values(filter).every((value) => value === undefined);
    return this.lines(filter, isWhole, await this.entries.head(), await this.entries.anchor());
  }

  private async *lines(filter: AuditFilter, isWhole: boolean, head: ChainPlace, anchor: SignedPlace | undefined): AsyncGenerator<string> {
    const start: ExportBeginning = { klevrAuditExport: exportVersion, isWhole, anchor: anchor ?? null };
    yield line(start);
    let after = isWhole ? (anchor?.seq ?? beginning.seq) : beginning.seq;
    for (;;) {
      const page = await this.entries.next(filter, after, head.seq, EXPORTED_AT_ONCE);
      const last = page.at(-1);
      if (last === undefined) break;
      if (isWhole && last.seq !== after + page.length) throw new AppError('UNAVAILABLE', 'Entries were cut off while they were read');
      yield page.map((entry) => line(recordOf(entry))).join('');
      after = last.seq;
      if (after >= head.seq) break;
    }
    yield line({ head: this.keys.sign('klevr-audit-head', head, this.now()) });
  }

  private now(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

function placeOf(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  if (!/^[1-9]\d{0,14}$/.test(cursor))
    throw new AppError('BAD_REQUEST', 'The request has faulty fields', {
      errors: [{ path: 'cursor', message: 'is not one that this list has given' }],
    });
  return Number(cursor);
}
