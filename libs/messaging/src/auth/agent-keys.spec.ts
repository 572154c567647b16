import { describe, expect, it } from '@jest/globals';
import { createAgentKeys, isSignedBy } from './agent-keys.js';

describe("an agent's signature", () => {
  const [keys, other] = [createAgentKeys(), createAgentKeys()];

  it('is that of its key over just this text', () => {
    const signature = keys.sign('text');
    expect(signature).toMatch(/^[A-Za-z0-9_-]{86}$/);
    expect(isSignedBy(keys.publicKey, 'text', signature)).toBe(true);
    expect(isSignedBy(keys.publicKey, 'other text', signature)).toBe(false);
    expect(isSignedBy(other.publicKey, 'text', signature)).toBe(false);
  });

  it('is none where the key or the signature is none', () => {
    expect(isSignedBy('U123', 'text', keys.sign('text'))).toBe(false);
    expect(isSignedBy(keys.publicKey, 'text', 'short')).toBe(false);
  });
});
