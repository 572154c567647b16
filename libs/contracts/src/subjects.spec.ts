import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { subjects } from './subjects.js';

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);

describe('subjects', () => {
  it('that are built are parsed back to the same parameters', () => {
    fc.assert(
      fc.property(token, token, token, (zone, agent, verb) => {
        expect(subjects.ask.parse(subjects.ask.build({ zone, agent, verb }))).toEqual({ zone, agent, verb });
      }),
    );
  });

  it.each(['', '*', '>', 'a.b', 'a b', 'é', '\n', 'x'.repeat(129)])('are not built from %j', (zone) => {
    expect(() => subjects.primary.build({ zone })).toThrow(RangeError);
    expect(() => subjects.primary.wildcard({ zone })).toThrow(RangeError);
  });

  it.each(['klevr.v1.ask.z.a', 'klevr.v1.ask.z.a.hello.more', 'klevr.v2.ask.z.a.hello', 'klevr.v1.ask.*.a.hello', 'klevr.v1.ask..a.hello'])(
    'of another form are not parsed: %s',
    (subject) => expect(subjects.ask.parse(subject)).toBeUndefined(),
  );

  it('to subscribe to leave out what is not given', () => {
    expect(subjects.ask.wildcard({ verb: 'hello' })).toBe('klevr.v1.ask.*.*.hello');
    expect(subjects.fact.wildcard()).toBe('klevr.v1.fact.*.*');
  });
});
