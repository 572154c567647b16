import { Injectable } from '@nestjs/common';
import type { Term } from '@klevr/contracts/zone';
import { epochPattern, keyOfCursor, pageOf } from '../tables/page-cursor.js';
import { ZonesStore } from '../zones/zones.store.js';
import { TermsStore, type TermRow } from './terms.store.js';

@Injectable()
export class TermsService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly terms: TermsStore,
  ) {}

  /** The newest first. */
  async list(zoneRef: string, { limit, cursor }: { limit: number; cursor?: string | undefined }) {
    const zone = await this.zones.get(zoneRef);
    const rows = await this.terms.list(zone.id, keyOfCursor(cursor, epochPattern), limit + 1);
    return pageOf(rows, limit, ({ epoch }) => epoch, viewOf);
  }
}

const viewOf = ({ agentId, epoch, fromAt, readyAt, toAt, cause, endCause, gapMs }: TermRow): Term => ({
  ...{ agentId, epoch: Number(epoch), cause, endCause, gapMs },
  from: fromAt.toISOString(),
  readyAt: readyAt?.toISOString() ?? null,
  to: toAt?.toISOString() ?? null,
});
