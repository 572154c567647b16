import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { newUser } from '../users/stored-user.js';
import type { UsersService } from '../users/users.service.js';
import type { IdentitiesStore } from './identities.store.js';
import type { MappedGrantsService } from './mapped-grants.service.js';
import { OidcPeopleService } from './oidc-people.service.js';
import { type OidcProvider, OidcSettings } from './oidc-settings.js';

describe('OidcPeopleService', () => {
  it('knows somebody whom an admin has linked, also where the provider writes its address with a slash behind it', async () => {
    const [issuer, subject] = ['https://login.example', 'jane'];
    const jane = newUser({ username: 'jane', displayName: null, grants: [], passwordHash: null, mustChangePassword: false }, new Date(0));
    const users = { findByIdentity: (by: string, sub: string) => Promise.resolve(by === issuer && sub === subject ? jane : undefined) };
    const touched: string[] = [];
    const identities = { touch: (by: string) => Promise.resolve(void touched.push(by)) };
    const grants = { of: () => Promise.resolve(undefined) };
    const people = new OidcPeopleService(
      users as unknown as UsersService,
      identities as unknown as IdentitiesStore,
      grants as unknown as MappedGrantsService,
      new OidcSettings({ issuer, signUp: false } as OidcProvider),
      new FakeClock(),
    );
    expect(await people.personOf({ iss: `${issuer}/`, sub: subject })).toBe(jane);
    expect(touched).toEqual([issuer]);
  });
});
