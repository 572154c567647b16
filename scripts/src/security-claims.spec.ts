import { describe, expect, it } from '@jest/globals';
import { claimFaults, shownBy } from './security-claims.js';

const file = 'services/a/src/x.spec.ts';
const source = [
  `it('is refused', () => {`,
  `it("is a neighbour's", () => {`,
  `it('is somebody\\'s', () => {`,
  `])('refuses %s, whatever comes', () => {`,
  `it.skip('is never run', () => {`,
].join('\n');
const read = (path: string): string | undefined => (path === file ? source : undefined);

describe('claims of the threat model', () => {
  it('are good where each named test is there', () => {
    const text = `
- Cannot read it.
  \`${file}\`: "is refused", "is a neighbour's",
  "is somebody's"
- **Cannot** write it: \`${file}\`: "refuses %s, whatever
  comes"
- Can look at it.
`;
    expect(shownBy(text)).toHaveLength(4);
    expect(claimFaults(text, read)).toEqual([]);
  });

  it.each([
    [
      'a claim without a test',
      '- Cannot read it.\n- Can: `services/a/src/x.spec.ts`: "is refused"',
      'no test is named for: Cannot read it.',
    ],
    ['a claim that says it is shown, and not by what', '- Shown by nothing', 'no test is named for: Shown by nothing'],
    ['a file that is gone', '- Cannot: `libs/b/src/y.spec.ts`: "is refused"', 'there is no libs/b/src/y.spec.ts'],
    ['a test that is gone', `- Cannot: \`${file}\`: "is refused by now"`, `${file} has no test: is refused by now`],
    ['a part of a title', `- Cannot: \`${file}\`: "is"`, `${file} has no test: is`],
    ['a test that is skipped', `- Cannot: \`${file}\`: "is never run"`, `${file} has no test: is never run`],
    [
      'a test that is named in passing',
      `- Cannot: \`${file}\`: "is refused" and \`${file}\` "is gone"`,
      '1 tests are named in no form that is understood',
    ],
  ])('are not where there is %s', (_what, text, fault) => {
    expect(claimFaults(text, read)).toContain(fault);
  });
});
