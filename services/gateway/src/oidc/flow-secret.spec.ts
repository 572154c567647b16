import { describe, expect, it } from '@jest/globals';
import { isFlow, isState, newFlow, partsOf } from './flow-secret.js';

describe('flow of a sign-in', () => {
  it('is another each time, and its parts follow from it', () => {
    const [one, other] = [newFlow(), newFlow()];
    expect(isFlow(one)).toBe(true);
    expect(partsOf(one)).toEqual(partsOf(one));
    const parts = [partsOf(one), partsOf(other)]
      .flatMap(({ hash, state, nonce, verifier }) => [hash, state, nonce, verifier])
      .concat(one, other);
    expect(new Set(parts).size).toBe(parts.length);
  });

  it('has a verifier as PKCE wants one', () => {
    expect(partsOf(newFlow()).verifier).toMatch(/^[A-Za-z0-9_-]{43,128}$/);
  });

  it('knows its own state, and no other', () => {
    const [mine, theirs] = [partsOf(newFlow()), partsOf(newFlow())];
    expect(isState(mine, mine.state)).toBe(true);
    for (const given of [theirs.state, mine.nonce, '', `${mine.state}x`, 'é'.repeat(43)]) expect(isState(mine, given)).toBe(false);
  });

  it.each(['', 'klevr_f_', `klevr_s_${'A'.repeat(43)}`, `klevr_f_${'A'.repeat(44)}`])('is not %j', (text) =>
    expect(isFlow(text)).toBe(false),
  );
});
