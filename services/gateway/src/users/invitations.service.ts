import { Injectable } from '@nestjs/common';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { Clock } from '@klevr/platform/clock';
import { hashOfToken, newToken } from '../auth/bearer-token.js';
import { SignUpSettings } from '../auth/identity-settings.js';
import { roleIn, type Principal } from '../auth/principal.js';
import { GivenGrantsService } from './given-grants.service.js';
import type { CreatedInvitation, CreateInvitation, Invitation, InvitationPage, ListInvitations } from './invitation-schemas.js';
import { InvitationsStore, type StoredInvitation } from './invitations.store.js';

/** Invitations, as those who invite handle them. */
@Injectable()
export class InvitationsService {
  constructor(
    private readonly invitations: InvitationsStore,
    private readonly grants: GivenGrantsService,
    private readonly settings: SignUpSettings,
    private readonly clock: Clock,
  ) {}

  /** Throws FORBIDDEN where the caller is no admin of what is given, or nobody may sign up. */
  async create(by: Principal, wanted: CreateInvitation, idempotency: Idempotency | undefined): Promise<CreatedInvitation> {
    if (this.settings.mode === 'closed') throw new AppError('FORBIDDEN', 'Nobody can sign up here: it is configured so');
    const grants = await this.grants.resolve(by, wanted.grants);
    const token = newToken('invitation');
    const createdAt = new Date(this.clock.nowMs());
    const expiresAt = new Date(createdAt.getTime() + wanted.ttlSeconds * 1000);
    const made: StoredInvitation = {
      ...{ id: newId('invitation'), username: wanted.username ?? null, grants, createdBy: by.userId },
      ...{ createdAt, expiresAt, usedAt: null, userId: null },
    };
    await this.invitations.create(made, hashOfToken(token), idempotency);
    return { ...viewOf(made), token };
  }

  async list(by: Principal, { limit, cursor = '' }: ListInvitations): Promise<InvitationPage> {
    const found = await this.invitations.list(ownerFor(by), cursor, limit + 1);
    const items = found.slice(0, limit).map(viewOf);
    return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** Whoever has come in by it stays. */
  async revoke(by: Principal, id: string): Promise<void> {
    if (!(await this.invitations.remove(id, ownerFor(by)))) throw new AppError('NOT_FOUND', 'There is no such invitation');
  }
}

/** Admins of all zones see everybody's. */
const ownerFor = ({ grants, userId }: Principal): string | undefined => (roleIn(grants, null) === 'admin' ? undefined : userId);

const viewOf = ({ createdAt, expiresAt, usedAt, ...invitation }: StoredInvitation): Invitation => ({
  ...invitation,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
  usedAt: usedAt?.toISOString() ?? null,
});
