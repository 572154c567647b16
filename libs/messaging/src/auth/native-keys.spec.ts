import { describe, expect, it } from '@jest/globals';
import { createAccount, createOperator, createUser } from '@nats-io/nkeys';
import { agentKeysOf, createAgentKeys } from './agent-keys.js';
import { keyPairOf } from './native-keys.js';

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('a native key pair', () => {
  it.each([
    ['operator', createOperator],
    ['account', createAccount],
    ['user', createUser],
  ])('of an %s has the keys and signatures of the nkeys library', (_kind, create) => {
    const library = create();
    const native = keyPairOf(textOf(library.getSeed()));
    const message = new TextEncoder().encode('a nonce');
    expect(native.getPublicKey()).toBe(library.getPublicKey());
    expect(textOf(native.getPrivateKey())).toBe(textOf(library.getPrivateKey()));
    expect(textOf(native.getSeed())).toBe(textOf(library.getSeed()));
    expect([...native.sign(message)]).toEqual([...library.sign(message)]);
    expect(library.verify(message, native.sign(message))).toBe(true);
  });

  it('is refused for a seed with a wrong character, a wrong length or no seed at all', () => {
    const seed = textOf(createUser().getSeed());
    const altered = seed.slice(0, 20) + (seed[20] === 'A' ? 'B' : 'A') + seed.slice(21);
    for (const text of [altered, seed.slice(0, -2), createUser().getPublicKey(), '']) expect(() => keyPairOf(text)).toThrow(/^nkeys: /);
  });
});

describe("an agent's keys", () => {
  it('are found again from their seed', () => {
    const keys = createAgentKeys();
    expect(agentKeysOf(keys.seed).publicKey).toBe(keys.publicKey);
    expect(keys.publicKey).toMatch(/^U/);
  });

  it('are user keys only', () => {
    expect(() => agentKeysOf(textOf(createAccount().getSeed()))).toThrow('not the seed of a user key');
  });
});
