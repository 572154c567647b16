import type { AgentKind } from '@klevr/contracts/agent';
import { AgentId, ZoneId } from '@klevr/contracts/ids';
import { encodeUser } from '@nats-io/jwt';
import { type KeyPair, fromPublic } from '@nats-io/nkeys';
import { keyPairOf } from './native-keys.js';
import { type NatsIdentity, publicKeyOf } from './nats-identity.js';

/**
 * Signs the user JWT of an agent.
 *
 * Promises: the user gets the permissions of the account's template for this zone and agent and no others; the server itself refuses a
 * JWT of this key that carries permissions of its own. Ids go into the template unchanged, upper case included.
 * Does not: see the agent's private key (only the public half comes), choose the life time, or store anything.
 */
export interface AgentIssuer {
  readonly scopedSigningSeed: string;
  readonly accountPublicKey: string;
}

export interface AgentGrant {
  readonly agentPublicKey: string;
  readonly agentId: string;
  readonly zoneId: string;
  /** An agent if not given. */
  readonly kind?: AgentKind;
  /** Unix time. */
  readonly expiresAtSeconds: number;
}

export const agentIssuerOf = (identity: NatsIdentity): AgentIssuer => ({
  scopedSigningSeed: identity.agentSigningSeed,
  accountPublicKey: publicKeyOf(identity.accountSeed),
});

/** True for the public half of a user key pair, its checksum included. */
export const isUserPublicKey = (value: string): boolean => {
  if (!/^U[A-Z2-7]{55}$/.test(value)) return false;
  try {
    return fromPublic(value).getPublicKey() === value;
  } catch {
    return false;
  }
};

/** Reading a seed costs as much as several signatures. */
const signers = new WeakMap<AgentIssuer, KeyPair>();
const signerOf = (issuer: AgentIssuer): KeyPair => {
  const signer = signers.get(issuer) ?? keyPairOf(issuer.scopedSigningSeed);
  signers.set(issuer, signer);
  return signer;
};

/** Throws a RangeError for a key or an id that is none: both stand in permissions, so nothing but plain tokens may reach them. */
export const issueAgentJwt = async (issuer: AgentIssuer, grant: AgentGrant): Promise<string> => {
  if (!isUserPublicKey(grant.agentPublicKey)) throw new RangeError('not the public key of a user (U…)');
  if (!AgentId.safeParse(grant.agentId).success) throw new RangeError('not an agent id');
  if (!ZoneId.safeParse(grant.zoneId).success) throw new RangeError('not a zone id');
  if (!Number.isSafeInteger(grant.expiresAtSeconds) || grant.expiresAtSeconds <= 0) throw new RangeError('not a unix time in seconds');
  return await encodeUser(
    grant.agentId,
    grant.agentPublicKey,
    issuer.accountPublicKey,
    { tags: tagsOf(grant) },
    { signer: signerOf(issuer), scopedUser: true, exp: grant.expiresAtSeconds },
  );
};

/** See agent-permissions.ts. */
const tagsOf = ({ zoneId, kind }: AgentGrant): string[] =>
  kind === 'worker' ? [`zone:${zoneId}`, `workers:${zoneId}`] : [`zone:${zoneId}`];
