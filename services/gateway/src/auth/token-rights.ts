import { type Grant, isAtLeast, type Role } from '@klevr/contracts/access';
import type { Fault } from '@klevr/contracts/errors';
import { roleIn } from './principal.js';

export interface WantedRights {
  readonly role: Role;
  /** Ids, in the order in which they were given; null for all zones. */
  readonly zones: readonly string[] | null;
  readonly endless: boolean;
}

/** What of a token would be more than its maker holds, each by the field that asks for it. */
export function excessOf(held: readonly Grant[], { role, zones, endless }: WantedRights): Fault[] {
  const lacks = (zoneId: string | null): boolean => {
    const own = roleIn(held, zoneId);
    return own === undefined || !isAtLeast(own, role);
  };
  const faults: Fault[] = [];
  if (zones === null && lacks(null)) faults.push({ path: 'zones', message: `you do not hold the role ${role} for all zones` });
  zones?.forEach((zoneId, at) => {
    if (lacks(zoneId)) faults.push({ path: `zones.${at}`, message: `you do not hold the role ${role} in this zone` });
  });
  if (endless && roleIn(held, null) !== 'admin')
    faults.push({ path: 'expiresAt', message: 'a token that never ends can only be made by an admin of all zones' });
  return faults;
}
