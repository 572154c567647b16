import { Injectable } from '@nestjs/common';
import { ZoneId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import type { AuditExportQuery, AuditFilter } from './audit-schemas.js';

/** What a query of the audit trail looks for, and in which zones its caller may look. */
@Injectable()
export class AuditFiltersService {
  constructor(private readonly bus: Bus) {}

  async of({ from, to, user, action, zone, target, outcome }: AuditExportQuery, { scope }: { scope?: string[] }): Promise<AuditFilter> {
    const zoneId = zone === undefined ? undefined : await this.zoneIdOf(zone);
    const zoneIds = zoneId === undefined ? scope : (scope?.includes(zoneId) ?? true) ? [zoneId] : [];
    return { from: timeOf(from), to: timeOf(to), user, action, zoneIds, target, outcome };
  }

  /** An id as it is: what happened in a zone can be read when the zone is no more. */
  private async zoneIdOf(zone: string): Promise<string> {
    return ZoneId.safeParse(zone).success ? zone : (await call(this.bus, schedulerRpc.getZone, { zone })).id;
  }
}

const timeOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));
