import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { masterKeysText, type MasterKeys } from './master-keys.js';
import { SecretBox, SecretLocked } from './secret-box.js';

const keyOf = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [first, second, other] = [keyOf('k1'), keyOf('k2'), keyOf('k1')];
const keys = (...lines: string[]): MasterKeys => masterKeysText.parse(lines.join('\n'));
const box = new SecretBox(keys(first));
const here = 'credentials zone_1 password';

describe('a secret at rest', () => {
  it('opens in its place and nowhere else, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.string(), fc.string(), (secret, place, elsewhere) => {
        fc.pre(place !== elsewhere);
        const sealed = box.seal(secret, place);
        expect(box.open(sealed, place).equals(secret)).toBe(true);
        expect(() => box.open(sealed, elsewhere)).toThrow(SecretLocked);
      }),
    );
  });

  it('does not open once any of its characters is another', () => {
    const sealed = box.seal('hunter2', here);
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom('A', 'Q', 'z', '.', '7', '~'), (at, put) => {
        const changed = sealed.slice(0, at) + put + sealed.slice(at + 1);
        const same = changed.split('.').map((part, index) => (index < 2 ? part : Buffer.from(part, 'base64url').toString('hex')));
        const before = sealed.split('.').map((part, index) => (index < 2 ? part : Buffer.from(part, 'base64url').toString('hex')));
        fc.pre(same.join() !== before.join());
        expect(() => box.open(changed, here)).toThrow(SecretLocked);
      }),
      { numRuns: 500 },
    );
  });

  it('is told as locked where it is cut short or no box at all', () => {
    const sealed = box.seal('hunter2', here);
    for (const text of ['', 'kb1', 'kb1.k1', 'kb1.k1..', 'hunter2', sealed.slice(0, 40), sealed.slice(0, -8)]) {
      expect(() => box.open(text, here)).toThrow(SecretLocked);
    }
  });

  it('is another box each time, names its master key and holds nothing of the secret', () => {
    const [one, two] = [box.seal('hunter2', here), box.seal('hunter2', here)];
    expect(one).not.toBe(two);
    expect(one).toMatch(/^kb1\.k1\.[\w-]{80}\.[\w-]{47}$/);
    expect(one).not.toContain(Buffer.from('hunter2').toString('base64url').slice(0, 8));
  });

  it('needs a master key of its id and of its bytes, and says which id is missing', () => {
    const sealed = box.seal('hunter2', here);
    expect(() => new SecretBox(keys(second)).open(sealed, here)).toThrow('its master key k1 is not among the configured ones');
    expect(() => new SecretBox(keys(other)).open(sealed, here)).toThrow('sealed with another key');
  });

  it('goes over to a new master key with the old one beside it, and then needs that no more', () => {
    const sealed = box.seal('hunter2', here);
    const rotating = new SecretBox(keys(second, first));
    const rewrapped = rotating.rewrapped(sealed, here) ?? '';
    expect(new SecretBox(keys(second)).open(rewrapped, here).toString()).toBe('hunter2');
    expect(rewrapped.split('.').at(-1)).toBe(sealed.split('.').at(-1));
    expect(rotating.rewrapped(rewrapped, here)).toBeUndefined();
    expect(() => rotating.rewrapped(sealed, 'credentials zone_2 password')).toThrow(SecretLocked);
  });

  it('is compared by a digest that only the holder of the master key can make', () => {
    expect(box.digest('a')).toBe(box.digest('a'));
    expect(box.digest('a')).not.toBe(box.digest('b'));
    expect(new SecretBox(keys(other)).digest('a')).not.toBe(box.digest('a'));
  });
});
