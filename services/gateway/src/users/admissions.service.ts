import { Injectable } from '@nestjs/common';
import type { Grant } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { hashOfToken } from '../auth/bearer-token.js';
import { SignUpSettings } from '../auth/identity-settings.js';
import { addressKeyOf } from '../protection/address-key.js';
import { LimitsService, type Limit } from '../protection/limits.service.js';
import { mayGive } from './given-grants.service.js';
import { InvitationsStore } from './invitations.store.js';
import { refuse } from './refuse.js';
import { newUser, type StoredUser } from './stored-user.js';
import { UsersService } from './users.service.js';

export interface Admission {
  readonly grants: Grant[];
  /** The only name that can be taken; null for any. */
  readonly username: string | null;
  /** Null where sign-up is open. */
  readonly invitationId: string | null;
}

type Newcomer = Omit<Parameters<typeof newUser>[0], 'grants'>;

/** Where anybody may sign up, one address makes so many accounts an hour. */
const OPEN_SIGN_UPS = 10;
const HOUR_SECONDS = 3_600;

/** Who may make an account for themselves, and what they get. */
@Injectable()
export class AdmissionsService {
  private readonly openSignUps: Limit;

  constructor(
    private readonly settings: SignUpSettings,
    private readonly invitations: InvitationsStore,
    private readonly users: UsersService,
    private readonly clock: Clock,
    limits: LimitsService,
  ) {
    this.openSignUps = limits.limit({ name: 'sign-up', points: OPEN_SIGN_UPS, seconds: HOUR_SECONDS });
  }

  /** Throws FORBIDDEN where nobody may, INVITATION_REFUSED, and BAD_REQUEST for who needs an invitation and has none. */
  async admit(invitation: string | undefined, address: string): Promise<Admission> {
    if (this.settings.mode === 'closed') throw new AppError('FORBIDDEN', 'Nobody can sign up here: it is configured so');
    if (invitation !== undefined) return this.invited(invitation);
    if (this.settings.mode !== 'open') refuse([{ path: 'invitation', message: 'is needed here' }]);
    await this.openSignUps.consume(addressKeyOf(address));
    return { grants: this.settings.openGrants, username: null, invitationId: null };
  }

  /** Makes the account. Throws CONFLICT where the name is taken, INVITATION_REFUSED where the invitation was used up meanwhile. */
  async enter({ grants, invitationId }: Admission, made: Newcomer): Promise<StoredUser> {
    if (invitationId === null) return this.users.create({ ...made, grants }, { answer: (user) => user });
    const user = newUser({ ...made, grants }, new Date(this.clock.nowMs()));
    if (!(await this.invitations.use(invitationId, user))) throw refused();
    return user;
  }

  private async invited(token: string): Promise<Admission> {
    const found = await this.invitations.findOpen(hashOfToken(token), new Date(this.clock.nowMs()));
    if (found === undefined) throw refused();
    const { id, username, grants, createdBy } = found;
    const giver = await this.users.findById(createdBy);
    // What somebody gave who may not give it any more is given no more.
    if (giver?.disabledAt !== null || !mayGive(giver.grants, grants)) throw refused();
    return { grants, username, invitationId: id };
  }
}

const refused = (): AppError => new AppError('INVITATION_REFUSED', 'The invitation is unknown, expired, used or revoked');
