import { describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type UserRow, UsersStore } from './users.store.js';

const row: UserRow = {
  ...{ id: 'usr_1', username: 'ann', display_name: null, grants: '[]', password_hash: null, must_change_password: 0 },
  ...{ disabled_at: null, created_at: new Date(0), last_sign_in_at: null, revision: 1 },
};

describe('UsersStore', () => {
  it('finds nobody by a name with spaces behind it, which the database takes for the same', async () => {
    const users = new UsersStore({ query: () => Promise.resolve([row]) } as unknown as DataSource);
    expect(await users.findByName('ann')).toMatchObject({ id: 'usr_1' });
    expect(await users.findByName('ann ')).toBeUndefined();
  });
});
