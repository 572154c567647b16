import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Idempotency, PageQuery } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { CreateJoinToken, CreatedJoinToken, JoinToken } from '@klevr/contracts/zone';
import { Clock } from '@klevr/platform/clock';
import type { JoinTokenRow } from '../tables/join-token.entity.js';
import { idPattern, keyOfCursor, pageOf } from '../tables/page-cursor.js';
import { JoinTokensStore } from './join-tokens.store.js';
import { ZonesStore } from './zones.store.js';

const tokenPrefix = 'kjt_';

/** Only this is stored: the token is 256 random bits, so its plain hash gives nothing away. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

@Injectable()
export class JoinTokensService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly store: JoinTokensStore,
    private readonly clock: Clock,
  ) {}

  async create(zoneRef: string, wanted: CreateJoinToken, idempotency: Idempotency | undefined): Promise<CreatedJoinToken> {
    const zone = await this.zones.get(zoneRef);
    const token = `${tokenPrefix}${randomBytes(32).toString('base64url')}`;
    const nowMs = this.clock.nowMs();
    const row: JoinTokenRow = {
      id: newId('joinToken'),
      zoneId: zone.id,
      hash: hashOfToken(token),
      expiresAt: new Date(nowMs + wanted.ttlSeconds * 1000),
      maxUses: wanted.maxUses,
      uses: 0,
      labels: wanted.labels,
      kind: wanted.kind,
      approval: wanted.approval,
      rejoin: wanted.rejoin,
      createdAt: new Date(nowMs),
      revokedAt: null,
    };
    await this.store.create(row, idempotency);
    return { ...viewOf(row), token };
  }

  async list(zoneRef: string, { limit, cursor }: PageQuery): Promise<{ items: JoinToken[]; nextCursor: string | null }> {
    const zone = await this.zones.get(zoneRef);
    const rows = await this.store.list(zone.id, keyOfCursor(cursor, idPattern), limit + 1);
    return pageOf(rows, limit, (row) => row.id, viewOf);
  }

  async revoke(zoneRef: string, id: string): Promise<void> {
    const zone = await this.zones.get(zoneRef);
    const known = await this.store.revoke(zone.id, id, new Date(this.clock.nowMs()));
    if (!known) throw new AppError('NOT_FOUND', 'The zone has no such join token');
  }
}

const viewOf = ({
  id,
  zoneId,
  expiresAt,
  maxUses,
  uses,
  labels,
  kind,
  approval,
  rejoin,
  createdAt,
  revokedAt,
}: JoinTokenRow): JoinToken => ({
  ...{ id, zoneId, maxUses, uses, labels, kind, approval, rejoin },
  expiresAt: expiresAt.toISOString(),
  createdAt: createdAt.toISOString(),
  revokedAt: revokedAt?.toISOString() ?? null,
});
