import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { labelKey, labelValue } from './labels.js';
import { capabilityPrefix, selectorNames, selectorValue } from './selector-names.js';

describe('what a selector may name', () => {
  it.each([...Object.keys(selectorNames), `${capabilityPrefix}docker`])('%s can stand in one', (name) => {
    expect(name).toMatch(labelKey);
  });

  it.each([
    ['linux', 'linux'],
    [8, '8'],
    ['Debian GNU/Linux 12 (bookworm)', 'Debian-GNU-Linux-12-bookworm'],
    ['20.10.24+dfsg1', '20.10.24-dfsg1'],
    ['fe80::1', 'fe80-1'],
    ['::1', '1'],
    ['()', ''],
    ['x'.repeat(80), 'x'.repeat(63)],
  ])('%j has the value %j', (told, value) => {
    expect(selectorValue(told)).toBe(value);
  });

  it('has values that can stand in one, whatever a host tells', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (told) => labelValue.test(selectorValue(told))));
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '-', '.', '_', ' '), maxLength: 100 }), (told) =>
        labelValue.test(selectorValue(told)),
      ),
    );
  });
});
