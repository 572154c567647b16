import { describe, expect, it } from '@jest/globals';
import { type Account, decode } from '@nats-io/jwt';
import { accountIssuerOf, encodeMainAccountJwt, issuerAt } from './account-jwt.js';
import { announced, inUse, withoutOld } from './key-rotation.js';
import { type NatsIdentity, createNatsIdentity, parseNatsIdentity, publicKeyOf, serializeNatsIdentity } from './nats-identity.js';

/** The keys that the account names at this time, scoped ones with their role. */
const named = async (identity: NatsIdentity, nowSeconds = 0): Promise<string[]> => {
  const { jwt } = await encodeMainAccountJwt(issuerAt(accountIssuerOf(identity), nowSeconds));
  const { signing_keys: keys = [] } = decode<Account>(jwt).nats;
  return keys.map((key) => (typeof key === 'string' ? key : `${key.role}:${key.key}`)).sort();
};
const keysOf = ({ serviceSigningSeed, agentSigningSeed }: Pick<NatsIdentity, 'serviceSigningSeed' | 'agentSigningSeed'>): string[] =>
  [publicKeyOf(serviceSigningSeed), `agent:${publicKeyOf(agentSigningSeed)}`].sort();

describe("the rotation of an account's signing keys", () => {
  const before = createNatsIdentity();
  const told = announced(before);
  const used = inUse(told, 1_000, 60);
  const after = withoutOld(used);

  it('names the new keys beside the old ones before anything is signed with them, and keeps the old ones named afterwards', async () => {
    expect(await named(before)).toEqual(keysOf(before));
    expect(await named(told)).toEqual([...keysOf(before), ...keysOf(after)].sort());
    expect(keysOf(told)).toEqual(keysOf(before));
    expect(await named(used, 1_059)).toEqual([...keysOf(before), ...keysOf(after)].sort());
    expect(await named(used, 1_060)).toEqual(keysOf(after));
    expect(await named(after)).toEqual(keysOf(after));
  });

  it('gives every scoped key the same narrow permissions', async () => {
    const { jwt } = await encodeMainAccountJwt(accountIssuerOf(used));
    const templates = (decode<Account>(jwt).nats.signing_keys ?? []).flatMap((key) => (typeof key === 'string' ? [] : [key.template]));
    expect(templates).toHaveLength(2);
    expect(templates[0]).toEqual(templates[1]);
  });

  it('may be broken off and done again at each step', () => {
    expect(announced(told)).toEqual(told);
    expect(inUse(used, 2_000, 60)).toEqual(used);
    expect(parseNatsIdentity(serializeNatsIdentity(used))).toEqual(used);
    expect(parseNatsIdentity(serializeNatsIdentity(told))).toEqual(told);
  });

  it('announces others where those that were announced are stolen with the rest', () => {
    const anew = announced(told, { stolen: true });
    expect(anew).toEqual({ ...told, next: anew.next });
    expect(anew.next?.agentSigningSeed).not.toBe(told.next?.agentSigningSeed);
    expect(anew.next?.serviceSigningSeed).not.toBe(told.next?.serviceSigningSeed);
  });

  it('leaves the keys that the installation stands on', () => {
    const { operatorSeed, operatorSigningSeed, systemAccountSeed, accountSeed } = before;
    expect(after).toMatchObject({ operatorSeed, operatorSigningSeed, systemAccountSeed, accountSeed });
    expect(keysOf(after)).not.toEqual(keysOf(before));
  });
});
