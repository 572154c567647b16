import { describe, expect, it } from '@jest/globals';
import { type Grant, roles } from '@klevr/contracts/access';
import fc from 'fast-check';
import { commonGrants, roleIn } from './principal.js';
import { excessOf } from './token-rights.js';

const zones = ['zone_a', 'zone_b', 'zone_c'];
const grant: fc.Arbitrary<Grant> = fc.record({
  role: fc.constantFrom(...roles),
  zones: fc.option(fc.subarray(zones), { nil: null }),
});
const wanted = fc.record({
  role: fc.constantFrom(...roles),
  zones: fc.option(fc.subarray(zones, { minLength: 1 }), { nil: null }),
  endless: fc.constant(false),
});

describe('what a token would have beyond its maker', () => {
  it('is nothing exactly where the maker would lose nothing of it', () => {
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 4 }), wanted, (held, { role, zones: ofZones, endless }) => {
        const asked: Grant[] = [{ role, zones: ofZones }];
        const cut = commonGrants(asked, held);
        // A zone that there is not yet belongs to a token of all zones too.
        const loses = [...(ofZones ?? [null, ...zones])].some((zone) => roleIn(cut, zone) !== roleIn(asked, zone));
        expect(excessOf(held, { role, zones: ofZones, endless }).length > 0).toBe(loses);
      }),
    );
  });

  it('is named field by field', () => {
    const held: Grant[] = [{ role: 'operator', zones: ['zone_b'] }];
    const faults = excessOf(held, { role: 'operator', zones: ['zone_a', 'zone_b', 'zone_c'], endless: true });
    expect(faults.map(({ path }) => path)).toEqual(['zones.0', 'zones.2', 'expiresAt']);
    expect(excessOf([{ role: 'admin', zones: null }], { role: 'admin', zones: null, endless: true })).toEqual([]);
  });
});
