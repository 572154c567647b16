import { Injectable } from '@nestjs/common';
import type { Grant } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { Log } from '@klevr/platform/log';
import { type Claims, grantsOfGroups, groupsOf, merged } from './claims.js';
import { OidcSettings } from './oidc-settings.js';

/** What somebody may do, by the groups that the provider names. */
@Injectable()
export class MappedGrantsService {
  constructor(
    private readonly settings: OidcSettings,
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  /** Undefined where groups say nothing, since none are configured. A zone that does not exist is left out, and named in the log. */
  async of(claims: Claims): Promise<Grant[] | undefined> {
    const groups = this.settings.provider?.groups;
    if (groups === undefined) return undefined;
    const configured = grantsOfGroups(groupsOf(claims, groups.claim), groups.grants);
    const refs = [...new Set(configured.flatMap(({ zones }) => zones ?? []))];
    const ids = new Map(await Promise.all(refs.map(async (ref): Promise<[string, string[]]> => [ref, await this.idsOf(ref)])));
    return merged(configured.map(({ role, zones }) => ({ role, zones: zones?.flatMap((ref) => ids.get(ref) ?? []) ?? null })));
  }

  private async idsOf(zone: string): Promise<string[]> {
    try {
      return [(await call(this.bus, schedulerRpc.getZone, { zone })).id];
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'NOT_FOUND') throw error;
      this.log.warn({ zone }, 'KLEVR_OIDC_ROLES names a zone that does not exist');
      return [];
    }
  }
}
