import { z } from 'zod';
import { ApiTokenId, LoginId, UserId, ZoneId } from './ids.js';
import { subjects } from './subjects.js';

/** What somebody may do, each role what the ones before it may: look, run work, change the zone and who may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

export const isAtLeast = (held: Role, needed: Role): boolean => roles.indexOf(held) >= roles.indexOf(needed);

/** A role in some zones, or (null) in every zone there is and will be, and in what belongs to no zone. */
export const Grant = z.object({ role: Role, zones: z.array(ZoneId).max(200).nullable() }).meta({ id: 'Grant' });
export type Grant = z.infer<typeof Grant>;

/** Rides on a list's request: what is of none of these zones is not listed. Absent for those who may see all. */
export const ZoneScope = z.array(ZoneId).max(1_000).optional();

/** A replica of the gateway to all of them: what they keep in memory of this person, session or token is old. */
export const AccessChanged = z.union([z.object({ userId: UserId }), z.object({ loginId: LoginId }), z.object({ apiTokenId: ApiTokenId })]);
export type AccessChanged = z.infer<typeof AccessChanged>;

export const accessChangedSubject = subjects.changed.build({ service: 'gateway', what: 'access' });
