import type { Clock } from '@klevr/platform/clock';
import type { UsersStore } from '../auth/users.store.js';
import type { PasswordsService } from './passwords.service.js';
import type { UserChangesStore } from './user-changes.store.js';

/** For those who have the database and nobody who could sign in. */
export class PasswordRecovery {
  constructor(
    private readonly users: UsersStore,
    private readonly changes: UserChangesStore,
    private readonly passwords: PasswordsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives the user a generated password that has to be changed at the first sign-in, ends their sessions, and lets them in again where they were disabled.
   * Undefined where there is no such user.
   */
  async reset(username: string): Promise<string | undefined> {
    const user = await this.users.findByName(username);
    if (user === undefined) return undefined;
    const at = new Date(this.clock.nowMs());
    const { passwordHash, shown } = await this.passwords.choose({ generatePassword: true, mustChangePassword: true });
    await this.changes.setPassword(user.id, { hash: passwordHash, mustChange: true }, at, { answer: () => null });
    if (user.disabledAt !== null) await this.changes.change(user.id, undefined, { disabled: false }, at);
    return shown ?? undefined;
  }
}
