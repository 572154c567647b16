import { describe, expect, it } from '@jest/globals';
import type { AttemptsService } from '../auth/attempts.service.js';
import type { Principal } from '../auth/principal.js';
import { OwnAccountService } from './own-account.service.js';
import type { PasswordsService } from './passwords.service.js';
import { newUser } from './stored-user.js';
import type { UsersService } from './users.service.js';

describe('OwnAccountService', () => {
  it('tells a token no role where its owner has lost all that it could do', async () => {
    const grants = [{ role: 'viewer' as const, zones: ['zone_a'] }];
    const user = newUser({ username: 'jane', displayName: null, grants, passwordHash: null, mustChangePassword: false }, new Date(0));
    const users = { get: () => Promise.resolve(user) } as unknown as UsersService;
    const account = new OwnAccountService(users, {} as PasswordsService, {} as AttemptsService);
    const token: Principal = { kind: 'apiToken', id: 'tok_1', userId: user.id, username: 'jane', grants: [], expiresAtMs: Infinity };
    expect(await account.get(token)).toMatchObject({ role: null, grants: [] });
    expect(await account.get({ ...token, kind: 'session' })).toMatchObject({ role: 'viewer', grants });
  });
});
