import { Injectable } from '@nestjs/common';
import type { Idempotency } from '@klevr/contracts/contract';
import type { Principal } from '../auth/principal.js';
import { GivenGrantsService } from './given-grants.service.js';
import { PasswordsService } from './passwords.service.js';
import { refuse } from './refuse.js';
import { viewOf } from './stored-user.js';
import type { CreateUser, CreatedUser, ResetPassword, UpdateUser } from './user-requests.js';
import type { User } from './user-schemas.js';
import { UsersService } from './users.service.js';

/** What admins of all zones do with people. */
@Injectable()
export class UserAdminService {
  constructor(
    private readonly users: UsersService,
    private readonly grants: GivenGrantsService,
    private readonly passwords: PasswordsService,
  ) {}

  async create(by: Principal, wanted: CreateUser, idempotency: Idempotency | undefined): Promise<CreatedUser> {
    const faults = this.passwords.faultsOf('password', wanted.password, wanted);
    const grants = await this.grants.resolve(by, wanted.grants, faults);
    const { shown, ...password } = await this.passwords.choose(wanted);
    const { username, displayName } = wanted;
    return this.users.create(
      { username, displayName, grants, ...password },
      { idempotency, secret: shown !== null, answer: (user): CreatedUser => ({ ...viewOf(user), password: shown }) },
    );
  }

  async update(by: Principal, id: string, ifRevision: number | undefined, { grants, ...changes }: UpdateUser): Promise<User> {
    const resolved = grants && (await this.grants.resolve(by, grants));
    return viewOf(await this.users.change(id, ifRevision, { ...changes, grants: resolved }));
  }

  /** Ends all sessions of the user. */
  async resetPassword(id: string, wanted: ResetPassword, idempotency: Idempotency | undefined): Promise<CreatedUser> {
    const user = await this.users.get(id);
    refuse(this.passwords.faultsOf('password', wanted.password, user));
    const { shown, passwordHash, mustChangePassword } = await this.passwords.choose(wanted);
    return this.users.setPassword(
      id,
      { hash: passwordHash, mustChange: mustChangePassword },
      { idempotency, secret: shown !== null, answer: (after): CreatedUser => ({ ...viewOf(after), password: shown }) },
    );
  }
}
