import { Injectable } from '@nestjs/common';
import type { Grant } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import type { StoredUser } from '../users/stored-user.js';
import { UsersService } from '../users/users.service.js';
import { type Claims, displayNameOf, merged, usernameOf } from './claims.js';
import { IdentitiesStore } from './identities.store.js';
import { MappedGrantsService } from './mapped-grants.service.js';
import { OidcSettings } from './oidc-settings.js';

/**
 * Which user somebody is who signed in with the provider.
 *
 * Promises: going by issuer and subject alone, never by name or e-mail address; so a local user is nobody else's by having the same name. Where groups
 * are configured, what the user may do is what they say now, for all open sessions and API tokens too.
 */
@Injectable()
export class OidcPeopleService {
  constructor(
    private readonly users: UsersService,
    private readonly identities: IdentitiesStore,
    private readonly grants: MappedGrantsService,
    private readonly settings: OidcSettings,
    private readonly clock: Clock,
  ) {}

  /** Throws FORBIDDEN for strangers and the disabled, CONFLICT where the name is a local user's, WRONG_STATE where the last admin would be none. */
  async personOf(claims: Claims): Promise<StoredUser> {
    const issuer = this.issuerOf(claims);
    const known = await this.users.findByIdentity(issuer, claims.sub);
    if (known !== undefined && known.disabledAt !== null) throw new AppError('FORBIDDEN', 'This user is disabled');
    const grants = await this.grants.of(claims);
    const user = known === undefined ? await this.newcomer(claims, grants ?? []) : await this.updated(known, grants);
    await this.identities.touch(issuer, claims.sub, new Date(this.clock.nowMs()));
    return user;
  }

  /** As it is configured, which admins link people with. The provider may write the same address otherwise: with a slash behind it, say. */
  private issuerOf({ iss }: Claims): string {
    return this.settings.provider?.issuer ?? iss;
  }

  private async updated(user: StoredUser, grants: Grant[] | undefined): Promise<StoredUser> {
    if (grants === undefined || JSON.stringify(merged(user.grants)) === JSON.stringify(grants)) return user;
    return this.users.change(user.id, undefined, { grants });
  }

  private async newcomer(claims: Claims, grants: Grant[]): Promise<StoredUser> {
    const [issuer, subject] = [this.issuerOf(claims), claims.sub];
    if (this.settings.provider?.signUp !== true) throw new AppError('FORBIDDEN', `No user is linked with ${subject}: an admin can do that`);
    const username = usernameOf(claims, this.settings.provider.usernameClaims);
    if (username === undefined) throw new AppError('FORBIDDEN', 'The provider names you in no way that can be a user name here');
    try {
      return await this.users.createFromIdentity({ issuer, subject, username, displayName: displayNameOf(claims), grants });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
      // Two first sign-ins at once: the other one has made the user.
      const made = await this.users.findByIdentity(issuer, subject);
      if (made !== undefined) return made;
      throw new AppError('CONFLICT', `There is a user ${username} already, who is not linked with ${subject}: an admin can do that`);
    }
  }
}
