import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import type { SessionsService } from '../auth/sessions.service.js';
import type { AdmissionsService } from './admissions.service.js';
import type { PasswordsService } from './passwords.service.js';
import { SignUpService } from './sign-up.service.js';

describe('SignUpService', () => {
  it('does not work on the password of somebody who may not sign up', async () => {
    let judged = 0;
    const admissions = { admit: () => Promise.reject(new AppError('FORBIDDEN', 'Nobody can sign up here')) };
    const passwords = { faultsOf: () => (judged++, []) };
    const signUps = new SignUpService(
      admissions as unknown as AdmissionsService,
      passwords as unknown as PasswordsService,
      {} as SessionsService,
    );
    const wanted = { username: 'jane', displayName: null, password: '4@8({[<369!1|!1|0$5+7%2'.repeat(3) };
    await expect(signUps.signUp(wanted, { address: '192.0.2.1', userAgent: undefined })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(judged).toBe(0);
  });
});
