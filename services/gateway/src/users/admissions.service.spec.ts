import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Grant } from '@klevr/contracts/access';
import { FakeClock } from '@klevr/platform/fake-clock';
import { SignUpSettings } from '../auth/identity-settings.js';
import type { LimitsRedis } from '../protection/limits-redis.client.js';
import { LimitsService } from '../protection/limits.service.js';
import { AdmissionsService } from './admissions.service.js';
import type { InvitationsStore, StoredInvitation } from './invitations.store.js';
import type { UsersService } from './users.service.js';

const [here, there] = ['zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X', 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9Y'];
const operatorHere: Grant[] = [{ role: 'operator', zones: [here] }];

describe('AdmissionsService', () => {
  let giver: { grants: Grant[]; disabledAt: Date | null } | undefined;
  let invitation: Partial<StoredInvitation> | undefined;

  const admissions = (settings: SignUpSettings): AdmissionsService =>
    new AdmissionsService(
      settings,
      { findOpen: () => Promise.resolve(invitation) } as unknown as InvitationsStore,
      { findById: () => Promise.resolve(giver) } as unknown as UsersService,
      new FakeClock(),
      new LimitsService({ connection: undefined } as unknown as LimitsRedis),
    );
  const admit = (token: string | undefined, settings = new SignUpSettings()) => admissions(settings).admit(token, '192.0.2.1');

  beforeEach(() => {
    giver = { grants: [{ role: 'admin', zones: [here] }], disabledAt: null };
    invitation = { id: 'inv_1', username: null, grants: operatorHere, createdBy: 'usr_1' };
  });

  it('gives what the invitation gives', async () => {
    expect(await admit('token')).toEqual({ grants: operatorHere, username: null, invitationId: 'inv_1' });
  });

  it.each<[string, () => void]>([
    ['that is not there', () => (invitation = undefined)],
    ['of somebody who is gone', () => (giver = undefined)],
    ['of somebody who is disabled', () => (giver = { grants: [{ role: 'admin', zones: null }], disabledAt: new Date(0) })],
    ['of an operator', () => (giver = { grants: operatorHere, disabledAt: null })],
    ['of an admin of another zone', () => (giver = { grants: [{ role: 'admin', zones: [there] }], disabledAt: null })],
    ['to more than its zone', () => (invitation = { ...invitation, grants: [{ role: 'viewer', zones: [here, there] }] })],
    ['to all zones by the admin of one', () => (invitation = { ...invitation, grants: [{ role: 'viewer', zones: null }] })],
  ])('refuses an invitation %s', async (_name, change) => {
    change();
    await expect(admit('token')).rejects.toMatchObject({ code: 'INVITATION_REFUSED' });
  });

  it('lets nobody in where it is closed, and only the invited unless it is open', async () => {
    const closed = new SignUpSettings('closed');
    for (const token of ['token', undefined]) await expect(admit(token, closed)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(admit(undefined)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      errors: [{ path: 'invitation', message: 'is needed here' }],
    });
  });

  it('gives nothing where it is open, or looking if that is configured', async () => {
    expect(await admit(undefined, new SignUpSettings('open'))).toEqual({ grants: [], username: null, invitationId: null });
    expect((await admit(undefined, new SignUpSettings('open', 'viewer'))).grants).toEqual([{ role: 'viewer', zones: null }]);
    expect((await admit('token', new SignUpSettings('open'))).grants).toEqual(operatorHere);
  });

  it('lets an address sign up ten times an hour where it is open', async () => {
    const open = admissions(new SignUpSettings('open'));
    for (let turn = 0; turn < 10; turn++) await open.admit(undefined, '192.0.2.1');
    await expect(open.admit(undefined, '192.0.2.1')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await open.admit(undefined, '192.0.2.2');
  });
});
