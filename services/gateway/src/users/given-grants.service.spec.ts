import { describe, expect, it } from '@jest/globals';
import type { Grant } from '@klevr/contracts/access';
import type { Bus } from '@klevr/messaging/bus';
import { GivenGrantsService, mayGive } from './given-grants.service.js';

const [here, there] = ['zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X', 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9Y'];
const of = (role: Grant['role'], zones: string[] | null): Grant[] => [{ role, zones }];

describe('mayGive', () => {
  it.each([
    ['everything', 'an admin of all zones', of('admin', null), of('admin', null)],
    ['a zone', 'an admin of all zones', of('admin', null), of('operator', [here])],
    ['their own zone', 'an admin of it', of('admin', [here]), of('admin', [here])],
    ['nothing', 'an admin of a zone', of('admin', [here]), []],
  ])('lets %s be given by %s', (_what, _who, giver, given) => {
    expect(mayGive(giver, given)).toBe(true);
  });

  it.each([
    ['all zones', 'an admin of one', of('admin', [here]), of('viewer', null)],
    ['another zone', 'an admin of one', of('admin', [here]), of('viewer', [here, there])],
    ['a zone', 'its operator', of('operator', null), of('viewer', [here])],
    ['nothing', 'a viewer', of('viewer', null), []],
    ['nothing', 'somebody without a role', [], []],
  ])('does not let %s be given by %s', (_what, _who, giver, given) => {
    expect(mayGive(giver, given)).toBe(false);
  });
});

describe('GivenGrantsService', () => {
  it('asks for no zone on behalf of somebody who may give nothing', async () => {
    let asked = 0;
    const bus = { request: () => Promise.reject(new Error(`asked ${++asked} times`)) } as unknown as Bus;
    const giver = { kind: 'session', id: 'login_1', userId: 'usr_1', username: 'ann', expiresAtMs: Infinity } as const;
    const giving = new GivenGrantsService(bus).resolve({ ...giver, grants: of('operator', null) }, [{ role: 'viewer', zones: ['demo'] }]);
    await expect(giving).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(asked).toBe(0);
  });
});
