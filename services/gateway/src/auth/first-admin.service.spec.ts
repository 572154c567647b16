import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import type { StoredUser } from '../users/stored-user.js';
import type { UserChangesStore } from '../users/user-changes.store.js';
import { FirstAdminService } from './first-admin.service.js';
import { FirstAdmin } from './identity-settings.js';
import { PasswordHasher } from './password-hasher.js';

class Users {
  readonly made: StoredUser[] = [];
  constructor(private readonly hasUsers: boolean) {}

  isEmpty(): Promise<boolean> {
    return Promise.resolve(!this.hasUsers);
  }

  insertFirst(user: StoredUser): Promise<boolean> {
    this.made.push(user);
    return Promise.resolve(true);
  }
}

describe('FirstAdminService', () => {
  const messages: string[] = [];
  const note = (_fields: object, message: string): void => void messages.push(message);
  const log: Log = { debug: note, info: note, warn: note, error: note, fatal: note, child: () => log };
  const started = async (password: string | undefined, hasUsers = false): Promise<StoredUser[]> => {
    messages.length = 0;
    const users = new Users(hasUsers);
    const store = users as unknown as UserChangesStore;
    await new FirstAdminService(new FirstAdmin('root', password), store, new PasswordHasher(), new FakeClock(), log).onModuleInit();
    return users.made;
  };

  it('makes an admin of all zones', async () => {
    const [user] = await started('tall giraffes eat clouds');
    expect(user).toMatchObject({ username: 'root', grants: [{ role: 'admin', zones: null }], mustChangePassword: false });
    expect(messages).toEqual(['first user made']);
  });

  it('makes them change a weak password', async () => {
    expect((await started('rootrootroot'))[0]).toMatchObject({ mustChangePassword: true });
    expect(messages[0]).toContain('is weak');
  });

  it('says what to do where no password is configured', async () => {
    expect(await started(undefined)).toEqual([]);
    expect(messages).toEqual([expect.stringContaining('set KLEVR_ADMIN_PASSWORD or KLEVR_ADMIN_PASSWORD_FILE')]);
  });

  it('does and says nothing once there is somebody', async () => {
    expect([await started('tall giraffes eat clouds', true), await started(undefined, true), messages]).toEqual([[], [], []]);
  });
});
