import { Injectable } from '@nestjs/common';
import { isAtLeast, type Grant, type Role } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import { roleIn, type Principal, zonesWith } from '../auth/principal.js';
import type { Asked } from './asked.js';
import { decide } from './decision.js';
import type { RouteRule } from './route-rules.js';
import { type Reference, referencesIn } from './zone-references.js';
import { ZonesOfThings } from './zones-of-things.service.js';

export interface Admitted {
  /** The zone that the request concerns, where that was looked up. */
  readonly zoneId?: string | null;
  /** What a list may show; absent for all zones. */
  readonly scope?: string[];
}

type ZoneRule = Extract<RouteRule, { kind: 'zone' }>;

const everything: Admitted = {};
const nothingNamed: Reference = { kind: 'none' };
/** Of a route that says which zone by the query alone. */
const zoneOfQuery = { in: 'query', name: 'zone' } as const;

/** Lets a request pass or throws FORBIDDEN, or NOT_FOUND for what is in a zone where the caller has no role, or is not there: the two are told alike. */
@Injectable()
export class AccessService {
  constructor(private readonly zones: ZonesOfThings) {}

  /** At once where nothing has to be looked up. */
  admit(rule: RouteRule, asked: Asked, { kind, grants, mustChangePassword }: Principal): Admitted | Promise<Admitted> {
    if (rule.kind === 'anyone') return everything;
    if (rule.byPerson && kind === 'apiToken') throw new AppError('FORBIDDEN', 'An API token may not do this; it needs a session');
    if (mustChangePassword && !rule.beforePasswordChange)
      throw new AppError('FORBIDDEN', 'The password has to be changed first: POST /users/me/password');
    if (rule.kind === 'self') return everything;
    // Whoever may do this everywhere need not be asked where it is.
    const everywhere = roleIn(grants, null);
    if (everywhere !== undefined && isAtLeast(everywhere, rule.role)) return everything;
    if (rule.kind === 'somewhere') {
      if (zonesWith(grants, rule.role)?.length === 0) throw forbiddenAnywhere(rule.role);
      return everything;
    }
    if (rule.kind === 'fleet') throw forbidden(rule.role, null);
    return rule.kind === 'listed' ? this.admitList(asked, grants, rule.role) : this.admitZones(asked, grants, rule);
  }

  private async admitList(asked: Asked, grants: readonly Grant[], role: Role): Promise<Admitted> {
    const [named = nothingNamed] = referencesIn(asked, zoneOfQuery);
    const scope = zonesWith(grants, role);
    // Whoever may look nowhere sees an empty list of what everybody may look at, and is told so of what is for some.
    if (scope?.length === 0 && role !== 'viewer' && named.kind === 'none') throw forbiddenAnywhere(role);
    const scoped = scope === undefined ? everything : { scope };
    const zoneId = await this.admitReference(named, grants, { role });
    return zoneId === undefined ? scoped : { zoneId, ...scoped };
  }

  private async admitZones(asked: Asked, grants: readonly Grant[], rule: ZoneRule): Promise<Admitted> {
    const [first = nothingNamed, ...others] = referencesIn(asked, rule.source);
    const fleet = first.kind === 'none' && rule.optional === true;
    if (fleet) refuseUnless(decide(grants, rule.role, null), rule.role, null, undefined);
    const besides = rule.also === undefined ? [] : referencesIn(asked, rule.also);
    const asking = [first, ...others, ...besides].map((each) => this.admitReference(each, grants, rule));
    const outcomes = await Promise.allSettled(asking);
    // The first in the order of the request, whichever was known first.
    const refused = outcomes.find(({ status }) => status === 'rejected');
    if (refused?.status === 'rejected') throw refused.reason;
    const zoneId = fleet ? null : await asking[0];
    return zoneId === undefined ? everything : { zoneId };
  }

  /** Answers its zone; undefined where it names none, or none that its route will accept. */
  private async admitReference(
    reference: Reference,
    grants: readonly Grant[],
    { role, everywhere }: Pick<ZoneRule, 'role' | 'everywhere'>,
  ): Promise<string | null | undefined> {
    if (reference.kind === 'none' || reference.kind === 'unreadable') return undefined;
    const found = await this.zoneOf(reference);
    const thing = reference.kind === 'thing' ? reference.thing : 'zone';
    if (found === undefined) throw missing(thing);
    const decision = decide(grants, role, found.zoneId);
    refuseUnless(everywhere && decision === 'allowed' ? 'forbidden' : decision, role, everywhere ? null : found.zoneId, thing);
    if (reference.kind === 'zoneName' && found.zoneId !== null) reference.pin(found.zoneId);
    return found.zoneId;
  }

  private async zoneOf(reference: Exclude<Reference, { kind: 'none' | 'unreadable' }>): Promise<{ zoneId: string | null } | undefined> {
    if (reference.kind === 'zoneId') return reference;
    if (reference.kind === 'thing') return this.zones.ofThing(reference.thing, reference.id);
    const zoneId = await this.zones.idOf(reference.name);
    return zoneId === undefined ? undefined : { zoneId };
  }
}

/** As its service says it. */
const missing = (thing: string): AppError => new AppError('NOT_FOUND', `There is no such ${thing}`);

function refuseUnless(decision: ReturnType<typeof decide>, role: Role, zoneId: string | null, thing: string | undefined): void {
  if (decision === 'hidden') throw missing(thing ?? 'zone');
  if (decision === 'forbidden') throw forbidden(role, zoneId);
}

const forbiddenAnywhere = (role: Role): AppError => new AppError('FORBIDDEN', `This needs the role ${role} in some zone`);

const forbidden = (role: Role, zoneId: string | null): AppError =>
  new AppError('FORBIDDEN', zoneId === null ? `This needs the role ${role} for all zones` : `This needs the role ${role} in the zone`);
