import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { UserChangesStore } from '../users/user-changes.store.js';
import { newUser } from '../users/stored-user.js';
import { PasswordHasher } from './password-hasher.js';

/** Name and password of the first user. */
export class FirstAdmin {
  constructor(
    readonly username: string,
    readonly password: string | undefined,
  ) {}
}

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
      this.log.warn({}, 'there is no user, and no password for the first one is configured: nobody can sign in');
      return;
    }
    const passwordHash = await this.passwords.hash(password);
    const grants = [{ role: 'admin' as const, zones: null }];
    const made = { username, displayName: null, grants, passwordHash, mustChangePassword: false };
    if (await this.users.insertFirst(newUser(made, new Date(this.clock.nowMs())))) this.log.info({ username }, 'first user made');
  }
}
