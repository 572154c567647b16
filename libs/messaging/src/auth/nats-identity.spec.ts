import { describe, expect, it } from '@jest/globals';
import { decode } from '@nats-io/jwt';
import { type Account } from '@nats-io/jwt';
import { accountIssuerOf, encodeMainAccountJwt } from './account-jwt.js';
import { createNatsIdentity, parseNatsIdentity, publicKeyOf, serializeNatsIdentity } from './nats-identity.js';

describe('a NATS identity', () => {
  const identity = createNatsIdentity();

  it('is the same after it was written and read', () => {
    expect(parseNatsIdentity(serializeNatsIdentity(identity))).toEqual(identity);
  });

  it('has a key of its own for each purpose', () => {
    const { version: _version, ...seeds } = identity;
    expect(new Set(Object.values(seeds)).size).toBe(6);
  });

  it('is refused with every fault named and no seed shown', () => {
    const faulty = {
      ...identity,
      operatorSeed: identity.accountSeed,
      agentSigningSeed: `${identity.agentSigningSeed.slice(0, -1)}1`,
      extra: 1,
    };
    const read = (): unknown => parseNatsIdentity(JSON.stringify(faulty));
    for (const name of ['operatorSeed', 'agentSigningSeed', 'extra']) expect(read).toThrow(name);
    expect(read).not.toThrow(identity.accountSeed);
    expect(read).not.toThrow(identity.agentSigningSeed.slice(0, -1));
  });
});

describe("the main account's JWT", () => {
  const identity = createNatsIdentity();

  it('is signed by the operator, revokes each user from its latest time on, and lets nobody answer by reply subject', async () => {
    const publicKey = 'UAAAA';
    const revocations = [20, 30, 10].map((atSeconds) => ({ publicKey, atSeconds }));
    const { jwt } = await encodeMainAccountJwt(accountIssuerOf(identity), revocations);
    const claims = decode<Account>(jwt);
    expect(claims.iss).toBe(publicKeyOf(identity.operatorSigningSeed));
    expect(claims.nats.revocations).toEqual({ [publicKey]: 30 });
    expect(claims.nats.signing_keys).toMatchObject([publicKeyOf(identity.serviceSigningSeed), { kind: 'user_scope', role: 'agent' }]);
    expect(JSON.stringify(claims.nats)).not.toContain('"resp"');
  });

  it('names in each permission of an agent its zone or itself', async () => {
    const claims = decode<Account>((await encodeMainAccountJwt(accountIssuerOf(identity))).jwt);
    const template = claims.nats.signing_keys?.find((key) => typeof key !== 'string')?.template;
    const allowed = [...(template?.pub?.allow ?? []), ...(template?.sub?.allow ?? [])];
    expect(allowed).toHaveLength(16);
    for (const subject of allowed) expect(subject).toMatch(/\{\{tag\((zone|workers)\)}}/);
  });
});
