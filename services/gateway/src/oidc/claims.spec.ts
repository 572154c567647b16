import { describe, expect, it } from '@jest/globals';
import type { Grant } from '@klevr/contracts/access';
import fc from 'fast-check';
import { claimAt, displayNameOf, grantsOfGroups, groupsOf, merged, usernameOf } from './claims.js';

const of = (more: object) => ({ iss: 'https://idp.example', sub: 'x', ...more });
const names = ['preferred_username', 'email'];

describe('claims', () => {
  it('are found by their whole name before by a path, and not in what every object has', () => {
    expect(claimAt({ 'a.b': 1, a: { b: 2 } }, 'a.b')).toBe(1);
    expect(claimAt({ realm_access: { roles: ['x'] } }, 'realm_access.roles')).toEqual(['x']);
    for (const name of ['constructor', 'a.constructor', 'toString', 'a.b.c']) expect(claimAt({ a: {} }, name)).toBeUndefined();
  });

  it.each([
    [{ preferred_username: 'Jane.Doe', email: 'j@example.test' }, 'jane.doe'],
    [{ email: 'J@example.test' }, 'j@example.test'],
    [{ preferred_username: 'Jane Doe', email: 'j@example.test', email_verified: true }, 'j@example.test'],
    [{ email: 'j@example.test', email_verified: false }, undefined],
    [{ email: 'j@example.test', email_verified: 'false' }, undefined],
    [{ email: 'j@example.test', email_verified: 'true' }, 'j@example.test'],
    [{ preferred_username: ['jane'] }, undefined],
    [{ preferred_username: '../admin' }, undefined],
    [{ preferred_username: 'x'.repeat(65) }, undefined],
    [{}, undefined],
  ])('name somebody: %j', (claims, username) => expect(usernameOf(of(claims), names)).toBe(username));

  it('give a name to show, cut to what fits', () => {
    expect(displayNameOf(of({ name: ` ${'J'.repeat(300)}` }))).toBe('J'.repeat(200));
    for (const name of ['', '  ', 7, undefined]) expect(displayNameOf(of({ name }))).toBeNull();
  });

  it('name groups as a list or as one text, and nothing else is one', () => {
    expect(groupsOf(of({ groups: ['a', 7, null, 'b'] }), 'groups')).toEqual(['a', 'b']);
    expect(groupsOf(of({ groups: 'a' }), 'groups')).toEqual(['a']);
    for (const groups of [undefined, { a: 1 }, 7]) expect(groupsOf(of({ groups }), 'groups')).toEqual([]);
  });

  it('give what the groups may do that are configured, and nothing for the names that every object has', () => {
    const byGroup = { a: [{ role: 'admin' as const, zones: null }] };
    expect(grantsOfGroups(['a', 'a', 'b', 'constructor', '__proto__'], byGroup)).toEqual(byGroup.a);
  });

  const grant = fc.record<Grant>({
    role: fc.constantFrom('viewer', 'operator', 'admin'),
    zones: fc.option(fc.array(fc.constantFrom('zone_a', 'zone_b', 'zone_c')), { nil: null }),
  });

  it('merge to the same grants in whatever order they come, none lost and none added', () => {
    const pairs = (grants: readonly Grant[]): string[] => {
      const all = grants.flatMap(({ role, zones }) => (zones ?? ['*']).map((zone) => `${role} ${zone}`));
      return [...new Set(all)].filter((pair) => pair.endsWith('*') || !all.includes(`${pair.split(' ')[0] ?? ''} *`)).toSorted();
    };
    fc.assert(
      fc.property(fc.array(grant), (grants) => {
        expect(merged(grants)).toEqual(merged(grants.toReversed()));
        expect(merged(merged(grants))).toEqual(merged(grants));
        expect(pairs(merged(grants))).toEqual(pairs(grants));
      }),
    );
  });

  it('merge to grants of two hundred zones at most', () => {
    const zones = Array.from({ length: 450 }, (_none, at) => `zone_${at}`);
    expect(merged([{ role: 'viewer', zones }]).map((one) => one.zones?.length)).toEqual([200, 200, 50]);
  });
});
