import { Injectable } from '@nestjs/common';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError, type Fault } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { Clock } from '@klevr/platform/clock';
import { GivenGrantsService } from '../users/given-grants.service.js';
import { refuse } from '../users/refuse.js';
import {
  type ApiToken,
  type ApiTokenPage,
  type CreateApiToken,
  type CreatedApiToken,
  defaultLifeSeconds,
  type ListApiTokens,
  longestLifeSeconds,
} from './api-token-schemas.js';
import { ApiTokensStore, type StoredApiToken } from './api-tokens.store.js';
import { hashOfToken, newToken } from './bearer-token.js';
import { type Principal, roleIn } from './principal.js';
import { PrincipalsService } from './principals.service.js';
import { excessOf } from './token-rights.js';

/** Enough to tell one's tokens apart, and far too little to guess one. */
const PREFIX_LENGTH = 'klevr_t_'.length + 6;

/** API tokens: a way in for programs, with some of the rights of the person who makes them. What is changed here holds at every replica at once. */
@Injectable()
export class ApiTokensService {
  constructor(
    private readonly tokens: ApiTokensStore,
    private readonly zones: GivenGrantsService,
    private readonly principals: PrincipalsService,
    private readonly clock: Clock,
  ) {}

  /** Throws BAD_REQUEST with every fault, and FORBIDDEN naming all that is more than the caller holds. */
  async create(by: Principal, wanted: CreateApiToken, idempotency: Idempotency | undefined): Promise<CreatedApiToken> {
    const nowMs = this.clock.nowMs();
    const [zones, zoneFaults] = await this.zonesOf(by, wanted.zones);
    refuse([...zoneFaults, ...endFaults(wanted, nowMs)]);
    const excess = excessOf(by.grants, { role: wanted.role, zones, endless: wanted.expiresAt === null });
    if (excess.length > 0) throw new AppError('FORBIDDEN', 'A token cannot have more than who makes it', { errors: excess });
    const token = newToken('apiToken');
    const made: StoredApiToken = {
      ...{ id: newId('apiToken'), prefix: token.slice(0, PREFIX_LENGTH), name: wanted.name, userId: by.userId, username: by.username },
      grants: [{ role: wanted.role, zones: zones === null ? null : [...new Set(zones)] }],
      ...{ createdAt: new Date(nowMs), expiresAt: endOf(wanted, nowMs), lastUsedAt: null, revision: 1 },
    };
    await this.tokens.create(made, hashOfToken(token), idempotency);
    return { ...viewOf(made), token };
  }

  /** Throws FORBIDDEN where the tokens of others are asked for by who is no admin of all zones. */
  async list(by: Principal, { user = by.userId, limit, cursor }: ListApiTokens): Promise<ApiTokenPage> {
    if (user !== by.userId && !isFleetAdmin(by)) throw new AppError('FORBIDDEN', 'This needs the role admin for all zones');
    const found = await this.tokens.list(user === 'all' ? undefined : user, cursor, limit + 1);
    const items = found.slice(0, limit).map(viewOf);
    return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  async get(by: Principal, id: string): Promise<ApiToken> {
    return viewOf(await this.find(by, id));
  }

  async rename(by: Principal, id: string, name: string, ifRevision: number | undefined): Promise<ApiToken> {
    const before = await this.find(by, id);
    const isRenamed = (ifRevision ?? before.revision) === before.revision && (await this.tokens.rename(id, name, before.revision));
    if (!isRenamed) throw new AppError('PRECONDITION_FAILED', 'The token has changed since it was read');
    return viewOf({ ...before, name, revision: before.revision + 1 });
  }

  async revoke(by: Principal, id: string): Promise<void> {
    await this.find(by, id);
    await this.tokens.remove(id);
    this.principals.changed({ apiTokenId: id });
  }

  /** Throws NOT_FOUND; also for the tokens of others, unless the caller is an admin of all zones. */
  private async find(by: Principal, id: string): Promise<StoredApiToken> {
    const token = await this.tokens.find(id);
    if (token !== undefined && (token.userId === by.userId || isFleetAdmin(by))) return token;
    throw new AppError('NOT_FOUND', 'There is no such token');
  }

  /** Zones that are not there and those where the caller has no role are told alike. */
  private async zonesOf(by: Principal, refs: readonly string[] | null): Promise<[string[] | null, Fault[]]> {
    if (refs === null) return [null, []];
    const ids = await this.zones.idsOf([...new Set(refs)]);
    const zones = refs.map((ref) => ids.get(ref));
    const isKnown = (zoneId: string | undefined): zoneId is string => zoneId !== undefined && roleIn(by.grants, zoneId) !== undefined;
    const faults = zones.flatMap((zoneId, at) => (isKnown(zoneId) ? [] : [{ path: `zones.${at}`, message: 'there is no such zone' }]));
    return [zones.filter(isKnown), faults];
  }
}

const isFleetAdmin = ({ grants }: Principal): boolean => roleIn(grants, null) === 'admin';

function endFaults({ expiresAt }: CreateApiToken, nowMs: number): Fault[] {
  if (expiresAt === undefined || expiresAt === null) return [];
  const inMs = Date.parse(expiresAt) - nowMs;
  if (inMs <= 0) return [{ path: 'expiresAt', message: 'is in the past' }];
  return inMs <= longestLifeSeconds * 1000 ? [] : [{ path: 'expiresAt', message: 'must be within 366 days' }];
}

function endOf({ expiresAt, expiresInSeconds = defaultLifeSeconds }: CreateApiToken, nowMs: number): Date | null {
  if (expiresAt === null) return null;
  return new Date(expiresAt === undefined ? nowMs + expiresInSeconds * 1000 : Date.parse(expiresAt));
}

function viewOf({ grants, createdAt, expiresAt, lastUsedAt, ...token }: StoredApiToken): ApiToken {
  const { role, zones } = grants[0] ?? { role: 'viewer', zones: [] };
  return {
    ...token,
    role,
    zones,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
