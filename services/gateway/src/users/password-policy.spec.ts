import { describe, expect, it } from '@jest/globals';
import { generatedPassword } from './generated-password.js';
import { passwordFaults } from './password-policy.js';

const jane = { username: 'jane.doe', displayName: 'Jane Doe' };

describe('passwordFaults', () => {
  it.each([
    'tall giraffes eat clouds',
    'a password for tests',
    'XkT9!mBe2#qLpa',
    'Grüße an die Füße',
    '집에서 만든 따뜻한 김치찌개',
    generatedPassword(),
  ])('finds nothing wrong with %s', (password) => {
    expect(passwordFaults(password, jane)).toEqual([]);
  });

  it.each([
    ['Password1234!', ['is too easy to guess: it is like a common password']],
    ['abcdefghijklmnop', ['is too easy to guess: it is a sequence of characters']],
    ['aaaaaaaaaaaaaaaaaaaa', ['is too easy to guess: it repeats itself']],
    ['qwertyuiop1234', ['is too easy to guess: it is like a common password']],
    ['xkT9!mBe2#', ['must have at least 12 characters']],
    ['12345', ['must have at least 12 characters', expect.stringMatching(/^is too easy to guess/)]],
    ['my JANE.DOE and ninety frogs', ['must not contain the user name']],
    ['tall giraffes eat clouds '.repeat(42), ['must have at most 1024 characters']],
  ])('says of %s what is wrong with it', (password, faults) => {
    expect(passwordFaults(password, jane)).toEqual(faults);
  });

  it('counts characters as people do', () => {
    expect(passwordFaults('🦒🐧🦊🐻🐼🐨🐯🦁🐮🐷🐸', jane)).toContain('must have at least 12 characters');
  });

  it('judges a very long one by its beginning', () => {
    expect(passwordFaults('a'.repeat(100) + generatedPassword(), jane)).toEqual(['is too easy to guess: it repeats itself']);
    expect(passwordFaults('p@$$w0rd'.repeat(128), jane)).toEqual(['is too easy to guess: it repeats itself']);
  });

  it('knows what belongs to the person', () => {
    const password = 'brzeczyszczykiewicz';
    expect(passwordFaults(password, jane)).toEqual([]);
    expect(passwordFaults(password, { username: 'x', displayName: 'Grzegorz Brzeczyszczykiewicz' })).not.toEqual([]);
  });
});
