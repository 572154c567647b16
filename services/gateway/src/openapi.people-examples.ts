import type { CreatedSession, CreateSession, RenewedSession, Session } from './auth/session-schemas.js';
import type { CreatedInvitation, CreateInvitation, Invitation, SignUp } from './users/invitation-schemas.js';
import type { ChangePassword, CreatedUser, CreateUser, ResetPassword, UpdateMe, UpdateUser } from './users/user-requests.js';
import type { User } from './users/user-schemas.js';

const [at, later, end] = ['2026-12-01T00:00:00.000Z', '2026-12-01T02:00:00.000Z', '2026-12-02T00:00:00.000Z'];
const id = 'login_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const userId = 'usr_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const zoneId = 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X';

const user: User = {
  id: userId,
  username: 'kim',
  displayName: 'Kim Park',
  role: 'operator',
  grants: [{ role: 'operator', zones: [zoneId] }],
  disabled: false,
  mustChangePassword: false,
  hasPassword: true,
  createdAt: at,
  lastSignInAt: at,
  revision: 3,
};

const renewed: RenewedSession = { id, token: `klevr_s_${'A'.repeat(43)}`, expiresAt: later, endsAt: end };
const opened: CreatedSession = { ...renewed, user };

const session: Session = {
  id,
  userId,
  username: 'kim',
  current: true,
  method: 'password',
  address: '192.0.2.17',
  userAgent: 'curl/8.5.0',
  createdAt: at,
  lastUsedAt: at,
  expiresAt: later,
  endsAt: end,
};

const invitation: Invitation = {
  id: 'inv_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  username: 'kim',
  grants: user.grants,
  createdBy: userId,
  createdAt: at,
  expiresAt: end,
  usedAt: null,
  userId: null,
};

const password = 'tall giraffes eat clouds';
const generated = 'k7wq2-8zpx9-3ab2x-hhbyh-v9bn5';

const signIn: CreateSession = { username: 'kim', password };
const create: Partial<CreateUser> = {
  username: 'kim',
  displayName: 'Kim Park',
  grants: [{ role: 'operator', zones: ['seoul-dc1'] }],
  generatePassword: true,
};
const created: CreatedUser = { ...user, mustChangePassword: true, lastSignInAt: null, revision: 1, password: generated };
const update: UpdateUser = { grants: [{ role: 'viewer', zones: null }] };
const updateMe: UpdateMe = { displayName: 'Kim Park' };
const reset: Partial<ResetPassword> = { generatePassword: true };
const change: ChangePassword = { currentPassword: generated, newPassword: password };
const invite: CreateInvitation = { username: 'kim', grants: [{ role: 'operator', zones: ['seoul-dc1'] }], ttlSeconds: 86_400 };
const invited: CreatedInvitation = { ...invitation, token: `klevr_i_${'A'.repeat(43)}` };
const signUp: Partial<SignUp> = { invitation: invited.token, username: 'kim', password, displayName: 'Kim Park' };

/** By the names of their components. */
export const peopleExamples: Readonly<Record<string, unknown>> = {
  User: user,
  CreateSession: signIn,
  CreatedSession: opened,
  RenewedSession: renewed,
  Session: session,
  CreateUser: create,
  CreatedUser: created,
  UpdateUser: update,
  UpdateMe: updateMe,
  ResetPassword: reset,
  ChangePassword: change,
  Invitation: invitation,
  CreateInvitation: invite,
  CreatedInvitation: invited,
  SignUp: signUp,
};
