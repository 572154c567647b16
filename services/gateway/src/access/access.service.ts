import { Injectable } from '@nestjs/common';
import { isAtLeast, type Role } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import { roleIn, type Principal, zonesWith } from '../auth/principal.js';
import { decide } from './decision.js';
import { ruleOf, type ZoneSource } from './route-rules.js';
import type { Asked } from './asked.js';
import { ZonesOfThings } from './zones-of-things.service.js';

export interface Admitted {
  /** The zone that the request concerns, where that was looked up. */
  readonly zoneId?: string | null;
  /** What a list may show; absent for all zones. */
  readonly scope?: string[];
}

const everything: Admitted = {};

/** Lets a request pass or throws FORBIDDEN, or NOT_FOUND for what is in a zone where the caller has no role. */
@Injectable()
export class AccessService {
  constructor(private readonly zones: ZonesOfThings) {}

  /** At once where nothing has to be looked up. */
  admit(asked: Asked, { grants }: Principal): Admitted | Promise<Admitted> {
    const rule = ruleOf(asked.method, asked.pattern);
    if (rule === undefined || rule.kind === 'anyone' || rule.kind === 'self') return everything;
    // Whoever may do this everywhere need not be asked where it is.
    const everywhere = roleIn(grants, null);
    if (everywhere !== undefined && isAtLeast(everywhere, rule.role)) return everything;
    if (rule.kind === 'fleet') throw forbidden(rule.role, null);
    if (rule.kind === 'listed') return this.admitList(asked, grants, rule.role);
    return this.admitZones(asked, grants, rule.role, rule.source);
  }

  private async admitList(asked: Asked, grants: Principal['grants'], role: Role): Promise<Admitted> {
    const named = await this.admitZones(asked, grants, role, { in: 'query', name: 'zone' });
    const scope = zonesWith(grants, role);
    return scope === undefined ? named : { ...named, scope };
  }

  private async admitZones(asked: Asked, grants: Principal['grants'], role: Role, source: ZoneSource): Promise<Admitted> {
    const found = await this.zones.of(asked, source);
    for (const { zoneId, missing } of found) {
      const decision = decide(grants, role, zoneId);
      if (decision === 'hidden') throw missing();
      if (decision === 'forbidden') throw forbidden(role, zoneId);
    }
    const [first] = found;
    return first === undefined ? everything : { zoneId: first.zoneId };
  }
}

const forbidden = (role: Role, zoneId: string | null): AppError =>
  new AppError('FORBIDDEN', zoneId === null ? `This needs the role ${role} for all zones` : `This needs the role ${role} in the zone`);
