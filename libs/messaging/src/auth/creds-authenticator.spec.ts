import { describe, expect, it } from '@jest/globals';
import { fromPublic } from '@nats-io/nkeys';
import { createAgentKeys } from './agent-keys.js';
import { credsLogin } from './creds-authenticator.js';

describe('a login by credentials', () => {
  it("sends the JWT and the seed's signature of the server's nonce", () => {
    const keys = createAgentKeys();
    const answer = credsLogin(() => keys.credsFor('a.jwt.here'))('the nonce');
    expect(answer).toMatchObject({ jwt: 'a.jwt.here' });
    const { sig } = answer as { sig: string };
    const nonce = new TextEncoder().encode('the nonce');
    expect(fromPublic(keys.publicKey).verify(nonce, new Uint8Array(Buffer.from(sig, 'base64')))).toBe(true);
  });

  it('asks for the credentials anew each time', () => {
    const keys = createAgentKeys();
    let jwt = 'first';
    const login = credsLogin(() => keys.credsFor(jwt));
    expect(login('n')).toMatchObject({ jwt: 'first' });
    jwt = 'second';
    expect(login('n')).toMatchObject({ jwt: 'second' });
  });

  it('says which block is missing, and no secret', () => {
    const creds = createAgentKeys().credsFor('a.jwt.here');
    const withoutSeed = creds.slice(0, creds.indexOf('-----BEGIN USER NKEY SEED'));
    expect(() => credsLogin(() => withoutSeed)('n')).toThrow(/^credentials without a block USER NKEY SEED$/);
    expect(() => credsLogin(() => creds.slice(40))('n')).toThrow(/^credentials without a block NATS USER JWT$/);
  });
});
