import { Injectable } from '@nestjs/common';
import type { Fault } from '@klevr/contracts/errors';
import type { CreatedSession } from '../auth/session-schemas.js';
import { type SessionOrigin, SessionsService } from '../auth/sessions.service.js';
import { AdmissionsService } from './admissions.service.js';
import type { SignUp } from './invitation-schemas.js';
import { PasswordsService } from './passwords.service.js';
import { refuse } from './refuse.js';

/** Makes an account for who asks, and signs them in. */
@Injectable()
export class SignUpService {
  constructor(
    private readonly admissions: AdmissionsService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
  ) {}

  async signUp(wanted: SignUp, origin: Omit<SessionOrigin, 'method'>): Promise<CreatedSession> {
    const { invitation, username, displayName, password } = wanted;
    const admission = await this.admissions.admit(invitation, origin.address);
    // Judging a password can take this process a twentieth of a second: not for anybody.
    const faults = this.passwords.faultsOf('password', password, wanted);
    const isOther = admission.username !== null && admission.username !== username;
    const other: Fault[] = isOther ? [{ path: 'username', message: `must be ${admission.username}: the invitation says so` }] : [];
    refuse([...other, ...faults]);
    const passwordHash = await this.passwords.hash(password);
    const user = await this.admissions.enter(admission, { username, displayName, passwordHash, mustChangePassword: false });
    return this.sessions.open(user, { ...origin, method: 'password' });
  }
}
