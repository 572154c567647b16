import { type Grant, isAtLeast, type Role } from '@klevr/contracts/access';
import { roleIn } from '../auth/principal.js';

/**
 * The one place that says who may do what. `hidden`: whoever has no role in a zone is not told that it, or anything in it, is there.
 * What belongs to no zone (null) is nobody's secret, so it is forbidden at most.
 */
export type Decision = 'allowed' | 'forbidden' | 'hidden';

export function decide(grants: readonly Grant[], needed: Role, zoneId: string | null): Decision {
  const held = roleIn(grants, zoneId);
  if (held !== undefined && isAtLeast(held, needed)) return 'allowed';
  return held === undefined && zoneId !== null ? 'hidden' : 'forbidden';
}
