import { type User, encodeUser, fmtCreds } from '@nats-io/jwt';
import { type KeyPair, createUser } from '@nats-io/nkeys';
import { keyPairOf } from './native-keys.js';
import { type NatsIdentity, publicKeyOf } from './nats-identity.js';
import { type NatsServiceName, type ServicePermissions, servicePermissions, systemPermissions } from './service-permissions.js';

/**
 * Makes the NATS users of the services as the text of a credentials file (JWT and seed), to be kept in a file of mode 0600.
 *
 * Promises: each user is limited to the lists of service-permissions.ts, may not log in by bearer token, and is new at each call.
 * Does not: expire; a user is taken away by revoking its public key.
 */
export interface ServiceUser {
  /** The user's public key (U…), by which it can be revoked. */
  readonly publicKey: string;
  readonly creds: string;
}

export const createServiceUser = (identity: NatsIdentity, service: NatsServiceName): Promise<ServiceUser> =>
  createCreds(
    service,
    { issuer: publicKeyOf(identity.accountSeed), signer: keyPairOf(identity.serviceSigningSeed) },
    servicePermissions(service),
  );

/** The scheduler's second user, in the system account. */
export const createSystemUser = (identity: NatsIdentity): Promise<ServiceUser> =>
  createCreds('scheduler', { issuer: keyPairOf(identity.systemAccountSeed) }, systemPermissions(publicKeyOf(identity.accountSeed)));

/** An account's own key pair, or its public key with one of its signing keys. */
interface Signature {
  readonly issuer: KeyPair | string;
  readonly signer?: KeyPair;
}

const createCreds = async (name: string, { issuer, signer }: Signature, permissions: ServicePermissions): Promise<ServiceUser> => {
  // An empty list of allowed subjects would allow every subject.
  if (permissions.publish.length === 0 || permissions.subscribe.length === 0) throw new RangeError(`no permissions for ${name}`);
  const user = keyPairOf(new TextDecoder().decode(createUser().getSeed()));
  const claims: Partial<User> = {
    pub: { allow: [...permissions.publish], deny: [...permissions.denyPublish] },
    sub: { allow: [...permissions.subscribe] },
    bearer_token: false,
    allowed_connection_types: ['STANDARD'],
  };
  const jwt = await encodeUser(name, user, issuer, claims, signer === undefined ? {} : { signer });
  return { publicKey: user.getPublicKey(), creds: new TextDecoder().decode(fmtCreds(jwt, user)) };
};
