import { Injectable } from '@nestjs/common';
import type { Grant } from '@klevr/contracts/access';
import { AppError, type Fault } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { roleIn, type Principal } from '../auth/principal.js';
import { refuse } from './refuse.js';
import type { GrantsGiven } from './user-requests.js';

const ASKED_AT_ONCE = 20;

/** Zones as people name them become zones as they are stored. */
@Injectable()
export class GivenGrantsService {
  constructor(private readonly bus: Bus) {}

  /**
   * Throws BAD_REQUEST with a fault for each zone that does not exist, or where the giver has no role, and what else was found; FORBIDDEN where the giver is no admin of what is
   * given.
   */
  async resolve(giver: Principal, given: GrantsGiven, otherFaults: readonly Fault[] = []): Promise<Grant[]> {
    // Before hundreds of zones are asked for.
    if (!isAdminSomewhere(giver.grants)) throw forbidden();
    const ids = await this.idsOf([...new Set(given.flatMap(({ zones }) => zones ?? []))]);
    const isHidden = (ref: string): boolean => roleIn(giver.grants, ids.get(ref) ?? '') === undefined;
    const faults = given.flatMap(({ zones }, at) =>
      (zones ?? []).flatMap((ref, zoneAt): Fault[] =>
        isHidden(ref) || !ids.has(ref) ? [{ path: `grants.${at}.zones.${zoneAt}`, message: 'there is no such zone' }] : [],
      ),
    );
    refuse([...otherFaults, ...faults]);
    const grants = given.map(({ role, zones }) => ({
      role,
      zones: zones === null ? null : distinct(zones.map((ref) => ids.get(ref) ?? '')),
    }));
    if (!mayGive(giver.grants, grants)) throw forbidden();
    return grants;
  }

  /** Of those that there are; they may be foreign to who names them. */
  async idsOf(refs: readonly string[]): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    for (let at = 0; at < refs.length; at += ASKED_AT_ONCE) {
      const some = refs.slice(at, at + ASKED_AT_ONCE);
      const found = await Promise.all(some.map((ref) => this.idOf(ref)));
      some.forEach((ref, index) => {
        const id = found[index];
        if (id !== undefined) ids.set(ref, id);
      });
    }
    return ids;
  }

  private async idOf(zone: string): Promise<string | undefined> {
    try {
      return (await call(this.bus, schedulerRpc.getZone, { zone })).id;
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }
}

const isAdminSomewhere = (grants: readonly Grant[]): boolean => grants.some(({ role }) => role === 'admin');
const forbidden = (): AppError => new AppError('FORBIDDEN', 'This needs the role admin for everything that is given');

const distinct = (ids: readonly string[]): string[] => [...new Set(ids)];

/** Only who is admin of a zone, or of all of them, may say who may do what there; and nobody who is admin of nothing lets anybody in. */
export const mayGive = (giver: readonly Grant[], given: readonly Grant[]): boolean =>
  isAdminSomewhere(giver) && given.every(({ zones }) => (zones === null ? [null] : zones).every((zone) => roleIn(giver, zone) === 'admin'));
