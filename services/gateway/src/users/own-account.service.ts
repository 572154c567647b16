import { Injectable } from '@nestjs/common';
import { AppError, type Fault } from '@klevr/contracts/errors';
import { AttemptsService } from '../auth/attempts.service.js';
import { highestRole, type Principal } from '../auth/principal.js';
import { PasswordsService } from './passwords.service.js';
import { refuse } from './refuse.js';
import { viewOf } from './stored-user.js';
import type { ChangePassword, UpdateMe } from './user-requests.js';
import type { User } from './user-schemas.js';
import { UsersService } from './users.service.js';

/** What people do with their own account. */
@Injectable()
export class OwnAccountService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly attempts: AttemptsService,
  ) {}

  /** An API token is told what it may do itself, and not in which other zones its owner has a role. */
  async get({ kind, userId, grants }: Principal): Promise<User> {
    const user = viewOf(await this.users.get(userId));
    return kind === 'session' ? user : { ...user, role: grants.length === 0 ? null : highestRole(grants), grants: [...grants] };
  }

  async update({ userId }: Principal, ifRevision: number | undefined, changes: UpdateMe): Promise<User> {
    return viewOf(await this.users.change(userId, ifRevision, changes));
  }

  /** Ends all other sessions of the user. Guessing at the present password is slowed down as at the sign-in. */
  async changePassword({ userId, id }: Principal, address: string, { currentPassword, newPassword }: ChangePassword): Promise<User> {
    const user = await this.users.get(userId);
    const stored = user.passwordHash;
    if (stored === null) throw new AppError('WRONG_STATE', 'There is no password to change: an admin can give you one');
    const isRight = await this.attempts.guard(user.username, address, async () =>
      (await this.passwords.matches(stored, currentPassword)) ? true : undefined,
    );
    const faults: Fault[] = isRight === undefined ? [{ path: 'currentPassword', message: 'is wrong' }] : [];
    if (newPassword === currentPassword) faults.push({ path: 'newPassword', message: 'must be another than the present one' });
    refuse([...faults, ...this.passwords.faultsOf('newPassword', newPassword, user)]);
    const hash = await this.passwords.hash(newPassword);
    return this.users.setPassword(userId, { hash, mustChange: false, keptLoginId: id }, { answer: viewOf });
  }
}
