import { describe, expect, it } from '@jest/globals';
import { commonGrants, highestRole, roleIn, zonesWith } from './principal.js';

const [a, b] = ['zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X', 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9Y'];

describe('grants', () => {
  it('give the highest role that covers the zone, and those of single zones nothing beyond them', () => {
    const grants = [
      { role: 'viewer' as const, zones: null },
      { role: 'admin' as const, zones: [a] },
      { role: 'operator' as const, zones: [a, b] },
    ];
    expect([a, b, 'zone_other', null].map((zone) => roleIn(grants, zone))).toEqual(['admin', 'operator', 'viewer', 'viewer']);
    expect(highestRole(grants)).toBe('admin');
    expect(zonesWith(grants, 'viewer')).toBeUndefined();
    expect(zonesWith(grants, 'operator')).toEqual([a, b]);
    expect(roleIn([{ role: 'admin', zones: [a] }], null)).toBeUndefined();
    expect(zonesWith([], 'viewer')).toEqual([]);
  });

  it.each([
    ['the lower role', [{ role: 'admin', zones: null }], [{ role: 'viewer', zones: null }], [{ role: 'viewer', zones: null }]],
    ['the smaller set of zones', [{ role: 'admin', zones: null }], [{ role: 'admin', zones: [a] }], [{ role: 'admin', zones: [a] }]],
    ['the zones of both', [{ role: 'admin', zones: [a, b] }], [{ role: 'operator', zones: [b] }], [{ role: 'operator', zones: [b] }]],
    ['nothing without a zone of both', [{ role: 'admin', zones: [a] }], [{ role: 'admin', zones: [b] }], []],
  ] as const)('have in common %s', (_name, some, others, common) => {
    const plain = (grants: readonly { role: 'admin' | 'operator' | 'viewer'; zones: readonly string[] | null }[]) =>
      grants.map(({ role, zones }) => ({ role, zones: zones === null ? null : [...zones] }));
    expect(commonGrants(plain(some), plain(others))).toEqual(common);
    expect(commonGrants(plain(others), plain(some))).toEqual(common);
  });
});
