import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import fc from 'fast-check';
import { matches, parseSelector, type Requirement } from './selector.js';

const select = (text: string, labels: Record<string, string | string[]>): boolean => matches(parseSelector(text, 'label'), labels);

const faultOf = (text: string): unknown => {
  try {
    parseSelector(text, 'target.any');
    return undefined;
  } catch (error) {
    return error instanceof AppError ? { code: error.code, errors: error.errors } : error;
  }
};

describe('selector', () => {
  it.each(['', '   '])('matches everything when it is empty (%j)', (text) => {
    expect(select(text, {})).toBe(true);
    expect(select(text, { role: 'web' })).toBe(true);
  });

  it.each([
    ['role=web', { role: 'web' }, true],
    ['role==web', { role: 'db' }, false],
    ['role=', { role: '' }, true],
    ['role=', {}, false],
    ['role', { role: '' }, true],
    ['role', {}, false],
    ['!role', {}, true],
    ['! role', { role: 'web' }, false],
    ['role!=web', { role: 'db' }, true],
    ['role!=web', {}, true],
    ['role!=web', { role: 'web' }, false],
    ['env in (prod,stage)', { env: 'stage' }, true],
    ['env in ( prod , stage )', { env: 'dev' }, false],
    ['env in (prod)', {}, false],
    ['env in (,prod)', { env: '' }, true],
    ['env notin (prod,stage)', { env: 'dev' }, true],
    ['env notin (prod)', {}, true],
    ['env notin (prod)', { env: 'prod' }, false],
    ['cores>4', { cores: '8' }, true],
    ['cores>4', { cores: '4' }, false],
    ['cores<4', { cores: 'many' }, false],
    ['cores < 4', { cores: '3' }, true],
    ['example.com/tier=a', { 'example.com/tier': 'a' }, true],
    ['in in (in)', { in: 'in' }, true],
    ['role=web,env in (prod,stage),!legacy,os=linux', { role: 'web', env: 'prod', os: 'linux' }, true],
    ['role=web,env in (prod,stage),!legacy,os=linux', { role: 'web', env: 'prod', os: 'linux', legacy: '1' }, false],
    ['constructor', {}, false],
    ['address=10.0.0.1', { address: ['192.168.0.7', '10.0.0.1'] }, true],
    ['address in (10.0.0.2,10.0.0.3)', { address: ['192.168.0.7', '10.0.0.1'] }, false],
    ['address!=10.0.0.1', { address: ['192.168.0.7', '10.0.0.1'] }, false],
    ['address notin (10.0.0.2)', { address: ['192.168.0.7', '10.0.0.1'] }, true],
    ['address,!role', { address: ['192.168.0.7'] }, true],
    ['cores>4', { cores: ['2', '8'] }, true],
  ])('%j over %j is %j', (text, labels, expected) => {
    expect(select(text, labels)).toBe(expected);
  });

  it.each([
    ['role=web,', 'expected a label name at the end'],
    [',role', 'expected a label name at character 1'],
    ['role=a b', 'expected , at character 8'],
    ['role in prod', 'expected ( at character 9'],
    ['role in (prod', 'expected ) at the end'],
    ['role in ()x', 'expected , at character 11'],
    ['role like web', 'expected =, ==, !=, in, notin, < or > at character 6'],
    ['cores>many', 'expected an integer at character 7'],
    ['=web', 'expected a label name at character 1'],
    ['!', 'expected a label name at the end'],
    ['-role', '"-role" is not a label name at character 1'],
    ['role=-web', '"-web" is not a label value at character 6'],
    ['role=web)', 'expected , at character 9'],
  ])('refuses %j and says where: %s', (text, message) => {
    expect(faultOf(text)).toEqual({
      code: 'BAD_REQUEST',
      errors: [{ path: 'target.any', message: expect.stringContaining(message) }],
    });
  });

  it('reads back what was written down, whatever spaces stand between', () => {
    const name = fc.stringMatching(/^[a-z]([a-z0-9.-]{0,8}[a-z0-9])?$/);
    const value = fc.stringMatching(/^([a-zA-Z0-9]([a-zA-Z0-9_.-]{0,8}[a-zA-Z0-9])?)?$/);
    const gap = fc.constantFrom('', ' ', '  ', '\t');
    const requirement: fc.Arbitrary<Requirement> = fc.oneof(
      fc.record({ key: name, operator: fc.constantFrom('exists' as const, 'absent' as const) }),
      fc.record({
        key: name,
        operator: fc.constantFrom('in' as const, 'notIn' as const),
        values: fc.array(value, { minLength: 1, maxLength: 4 }),
      }),
      fc.record({ key: name, operator: fc.constantFrom('above' as const, 'below' as const), bound: fc.integer() }),
    );
    const written = (each: Requirement, space: string): string => {
      if ('bound' in each) return `${each.key}${space}${each.operator === 'above' ? '>' : '<'}${space}${each.bound}`;
      if ('values' in each) {
        const list = each.values.join(`${space},${space}`);
        return `${each.key} ${each.operator.toLowerCase()}${space}(${space}${list}${space})`;
      }
      return each.operator === 'exists' ? each.key : `!${space}${each.key}`;
    };
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 6 }), gap, (selector, space) => {
        const text = selector.map((each) => written(each, space)).join(`${space},${space}`);
        expect(parseSelector(text, 'label')).toEqual(selector);
      }),
    );
  });

  it('either answers or refuses with BAD_REQUEST, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'in', ' ', '=', '!', '(', ')', ',', '<', '7', '-', 'é', '\n') }), (text) => {
        expect(faultOf(text) ?? { code: 'BAD_REQUEST' }).toMatchObject({ code: 'BAD_REQUEST' });
      }),
    );
  });
});
