import { Injectable, type OnModuleInit } from '@nestjs/common';
import { newId } from '@klevr/contracts/ids';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { PasswordHasher } from './password-hasher.js';
import { UsersStore } from './users.store.js';

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
    private readonly users: UsersStore,
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
    const user = {
      id: newId('user'),
      username,
      role: 'admin' as const,
      grants: [{ role: 'admin' as const, zones: null }],
      passwordHash: await this.passwords.hash(password),
    };
    if (await this.users.insertFirst(user, new Date(this.clock.nowMs()))) this.log.info({ username }, 'first user made');
  }
}
