import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { type User, decode } from '@nats-io/jwt';
import { createAgentKeys } from './agent-keys.js';
import { agentIssuerOf, isUserPublicKey, issueAgentJwt } from './agent-credentials.js';
import { createNatsIdentity, publicKeyOf } from './nats-identity.js';

describe("an agent's JWT", () => {
  const identity = createNatsIdentity();
  const issuer = agentIssuerOf(identity);
  const agentPublicKey = createAgentKeys().publicKey;
  const grant = { agentPublicKey, agentId: newId('agent'), zoneId: newId('zone'), expiresAtSeconds: 2_000_000_000 };

  it('carries name, zone and end, and no permissions of its own', async () => {
    const claims = decode<User>(await issueAgentJwt(issuer, grant));
    expect(claims).toMatchObject({ name: grant.agentId, sub: agentPublicKey, exp: grant.expiresAtSeconds });
    expect(claims.iss).toBe(publicKeyOf(identity.agentSigningSeed));
    expect(claims.nats).toEqual({
      issuer_account: publicKeyOf(identity.accountSeed),
      tags: [`zone:${grant.zoneId}`],
      type: 'user',
      version: 2,
    });
  });

  it('of a worker says so by its zone as a second tag', async () => {
    const claims = decode<User>(await issueAgentJwt(issuer, { ...grant, kind: 'worker' }));
    expect(claims.nats.tags).toEqual([`zone:${grant.zoneId}`, `workers:${grant.zoneId}`]);
  });

  it.each([
    ['a wildcard as agent', { agentId: '*' }],
    ['a wildcard as zone', { zoneId: '*' }],
    ['every zone', { zoneId: '>' }],
    ['a zone with more tokens', { zoneId: `${grant.zoneId}.x` }],
    ['an id of another kind', { agentId: grant.zoneId }],
    ['the key of an account', { agentPublicKey: publicKeyOf(identity.accountSeed) }],
    ['a seed for a key', { agentPublicKey: createAgentKeys().seed }],
    ['no end', { expiresAtSeconds: 0 }],
    ['an end that is no number', { expiresAtSeconds: Number.NaN }],
  ])('is not issued for %s', async (_what, part) => {
    await expect(issueAgentJwt(issuer, { ...grant, ...part })).rejects.toThrow(RangeError);
  });

  it('needs a public key whose checksum is right', () => {
    const last = agentPublicKey.slice(-2) === 'AA' ? 'AB' : 'AA';
    expect(isUserPublicKey(agentPublicKey)).toBe(true);
    for (const key of [agentPublicKey.slice(0, -2) + last, agentPublicKey.toLowerCase(), `${agentPublicKey}A`, '']) {
      expect([key, isUserPublicKey(key)]).toEqual([key, false]);
    }
  });
});
