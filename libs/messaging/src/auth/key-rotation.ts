import { createAccount } from '@nats-io/nkeys';
import { publicKeyOf, type NatsIdentity } from './nats-identity.js';

/**
 * The rotation of the account's two signing keys, in three steps that are each a change of the identity: `announced` (the account names the new keys, nobody uses them
 * yet), `inUse` (they sign from now on, the old ones are still good for a while), `withoutOld` (only they are good). Pure, but for the making of keys.
 *
 * Promises: in each step the account's JWT names every key that somebody may have been signed by, so no connection is cut before the last one; each step may be done
 * again. Does not: touch the operator's, the system account's or the account's own key: those are the installation itself.
 */
const newSeed = (): string => new TextDecoder().decode(createAccount().getSeed());

/** `stolen`: whoever has the present keys has the announced ones too, which lie beside them, so others are made. */
export const announced = ({ next, ...identity }: NatsIdentity, { stolen = false } = {}): NatsIdentity => ({
  ...identity,
  next: stolen || next === undefined ? { serviceSigningSeed: newSeed(), agentSigningSeed: newSeed() } : next,
});

export const inUse = (identity: NatsIdentity, nowSeconds: number, overlapSeconds: number): NatsIdentity => {
  const { next, retiring = [], serviceSigningSeed, agentSigningSeed, ...rest } = identity;
  if (next === undefined) return identity;
  const untilSeconds = nowSeconds + overlapSeconds;
  const old = [
    { role: 'service' as const, publicKey: publicKeyOf(serviceSigningSeed), untilSeconds },
    { role: 'agent' as const, publicKey: publicKeyOf(agentSigningSeed), untilSeconds },
  ];
  return { ...rest, ...next, retiring: [...retiring.filter((key) => key.untilSeconds > nowSeconds), ...old] };
};

export const withoutOld = ({ retiring: _gone, ...identity }: NatsIdentity): NatsIdentity => identity;
