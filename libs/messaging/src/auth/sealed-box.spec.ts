import { describe, expect, it } from '@jest/globals';
import { createUser } from '@nats-io/nkeys';
import { createAgentKeys } from './agent-keys.js';
import { Sealer, SealingKeys, isSealingKey } from './sealed-box.js';

describe('a sealed box', () => {
  const [keys, other] = [SealingKeys.create(), SealingKeys.create()];
  const sealer = new Sealer();
  const text = Buffer.from('ünïcode and \0 bytes');

  it.each([
    ['words', text],
    ['nothing', Buffer.alloc(0)],
    ['64 KiB', Buffer.alloc(65_536, 7)],
  ])('with %s in it is opened by the key that it was sealed to, also by that key from its seed', (_what, content) => {
    const box = sealer.seal(content, keys.publicKey);
    expect(keys.open(box).equals(content)).toBe(true);
    expect(SealingKeys.of(keys.seed).open(box).equals(content)).toBe(true);
  });

  it('tells nothing to another key, and nothing of what is in it', () => {
    const box = sealer.seal(text, keys.publicKey);
    expect(() => other.open(box)).toThrow('not sealed to the key of this agent');
    expect(box.includes('bytes')).toBe(false);
    expect(sealer.seal(text, keys.publicKey).equals(box)).toBe(false);
  });

  it('is not opened with one bit changed, wherever it is, nor cut short', () => {
    const box = sealer.seal(Buffer.from('x'), keys.publicKey);
    for (let at = 0; at < box.length; at += 5) {
      const changed = Buffer.from(box);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => keys.open(changed)).toThrow('not sealed to');
    }
    for (const length of [0, 10, 56, 60, 84, box.length - 1]) expect(() => keys.open(box.subarray(0, length))).toThrow('not sealed to');
  });

  it('is sealed to curve keys only', () => {
    const last = keys.publicKey.endsWith('A') ? 'B' : 'A';
    for (const key of [createAgentKeys().publicKey, createUser().getPublicKey(), keys.publicKey.slice(0, -1) + last, '', 'X']) {
      expect([key, isSealingKey(key)]).toEqual([key, false]);
      expect(() => sealer.seal(text, key)).toThrow(RangeError);
    }
    expect(isSealingKey(keys.publicKey)).toBe(true);
    expect(() => SealingKeys.of(createAgentKeys().seed)).toThrow(/nkeys/);
  });
});
