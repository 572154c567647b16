import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { PrincipalsService } from '../auth/principals.service.js';
import { UsersService } from '../users/users.service.js';
import { IdentitiesStore, type StoredIdentity } from './identities.store.js';
import type { Identity, IdentityList, LinkIdentity, UnlinkIdentity } from './oidc-schemas.js';
import { OidcSettings } from './oidc-settings.js';

/** Which identities at providers a user signs in with: what admins see and change. */
@Injectable()
export class IdentitiesService {
  constructor(
    private readonly users: UsersService,
    private readonly identities: IdentitiesStore,
    private readonly settings: OidcSettings,
    private readonly principals: PrincipalsService,
  ) {}

  /** Throws NOT_FOUND. */
  async list(userId: string): Promise<IdentityList> {
    await this.users.get(userId);
    return { items: (await this.identities.listOf(userId)).map(viewOf) };
  }

  /** Throws NOT_FOUND, also where no provider is configured, and CONFLICT where it is another user's. Nothing happens where it is linked already. */
  async link(userId: string, { subject }: LinkIdentity): Promise<IdentityList> {
    await this.users.get(userId);
    const issuer = this.settings.provider?.issuer;
    if (issuer === undefined) throw new AppError('NOT_FOUND', 'No identity provider is configured');
    const owner = await this.users.findByIdentity(issuer, subject);
    if (owner?.id !== userId) await this.users.link(userId, issuer, subject);
    return this.list(userId);
  }

  /** Ends the user's sessions. Throws NOT_FOUND, and WRONG_STATE for the only way in of somebody without a password. */
  async unlink(userId: string, { subject, issuer = this.settings.provider?.issuer ?? '' }: UnlinkIdentity): Promise<void> {
    const user = await this.users.get(userId);
    const linked = await this.identities.listOf(userId);
    if (!linked.some((one) => one.issuer === issuer && one.subject === subject))
      throw new AppError('NOT_FOUND', 'The user has no such identity');
    if (user.passwordHash === null && linked.length === 1)
      throw new AppError('WRONG_STATE', 'The user could not sign in any more: give a password first, or disable or remove the user');
    await this.identities.remove(userId, issuer, subject);
    this.principals.changed({ userId });
  }
}

const viewOf = ({ issuer, subject, createdAt, lastUsedAt }: StoredIdentity): Identity => ({
  issuer,
  subject,
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
});
