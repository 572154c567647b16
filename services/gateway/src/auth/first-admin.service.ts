import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { UserChangesStore } from '../users/user-changes.store.js';
import { passwordFaults } from '../users/password-policy.js';
import { newUser } from '../users/stored-user.js';
import { FirstAdmin } from './identity-settings.js';
import { PasswordHasher } from './password-hasher.js';

/** Makes the first user while there is none. Replicas that start together make one. */
@Injectable()
export class FirstAdminService implements OnModuleInit {
  constructor(
    private readonly admin: FirstAdmin,
    private readonly users: UserChangesStore,
    private readonly passwords: PasswordHasher,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!(await this.users.isEmpty())) return;
    const { username, password } = this.admin;
    if (password === undefined) {
      this.log.warn({}, 'there is no user, so nobody can sign in: set KLEVR_ADMIN_PASSWORD or KLEVR_ADMIN_PASSWORD_FILE and start again');
      return;
    }
    const passwordHash = await this.passwords.hash(password);
    const faults = passwordFaults(password, { username });
    if (faults.length > 0)
      this.log.warn({ faults }, 'the configured password of the first user is weak: it has to be changed at the first sign-in');
    const grants = [{ role: 'admin' as const, zones: null }];
    const made = { username, displayName: null, grants, passwordHash, mustChangePassword: faults.length > 0 };
    if (await this.users.insertFirst(newUser(made, new Date(this.clock.nowMs())))) this.log.info({ username }, 'first user made');
  }
}
