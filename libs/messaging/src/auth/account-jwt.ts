import { encodeAccount, encodeOperator, type OperatorLimits, type SigningKey } from '@nats-io/jwt';
import type { KeyPair } from '@nats-io/nkeys';
import { agentPermissionTemplate } from './agent-permissions.js';
import { keyPairOf } from './native-keys.js';
import { type NatsIdentity, type RetiringKey, publicKeyOf } from './nats-identity.js';

/**
 * The JWTs of the operator and of the two accounts, and what a server needs of them.
 *
 * Promises: the account's JWT depends only on the keys and the revocations given, so it can be built anew anywhere and pushed again.
 * Does not: remember revocations; whoever builds it gives all of them.
 */
export interface AccountJwt {
  readonly publicKey: string;
  readonly jwt: string;
}

export interface NatsTrust {
  readonly operatorJwt: string;
  readonly systemAccount: AccountJwt;
  readonly mainAccount: AccountJwt;
}

export interface Revocation {
  /** The user's public key (U…). */
  readonly publicKey: string;
  /** Unix time; every JWT of this user issued at or before it is refused. */
  readonly atSeconds: number;
}

/** What it takes to sign the main account's JWT: the seed of the operator's signing key, else public keys only. */
export interface AccountIssuer {
  readonly operatorSigningSeed: string;
  readonly accountPublicKey: string;
  readonly serviceSigningPublicKey: string;
  readonly agentSigningPublicKey: string;
  /** Those that take their place soon, and those whose place they took; each is named beside them. */
  readonly others?: readonly RetiringKey[];
}

export const accountIssuerOf = (identity: NatsIdentity): AccountIssuer => ({
  operatorSigningSeed: identity.operatorSigningSeed,
  accountPublicKey: publicKeyOf(identity.accountSeed),
  serviceSigningPublicKey: publicKeyOf(identity.serviceSigningSeed),
  agentSigningPublicKey: publicKeyOf(identity.agentSigningSeed),
  others: [...nextOf(identity), ...(identity.retiring ?? [])],
});

const nextOf = ({ next }: NatsIdentity): RetiringKey[] =>
  next === undefined
    ? []
    : [
        { role: 'service', publicKey: publicKeyOf(next.serviceSigningSeed), untilSeconds: noEndSeconds },
        { role: 'agent', publicKey: publicKeyOf(next.agentSigningSeed), untilSeconds: noEndSeconds },
      ];

/** As the account names them at this time: whose time is over is left out. */
export const issuerAt = ({ others = [], ...issuer }: AccountIssuer, nowSeconds: number): AccountIssuer => ({
  ...issuer,
  others: others.filter(({ untilSeconds }) => untilSeconds > nowSeconds),
});

const noEndSeconds = Number.MAX_SAFE_INTEGER;

/** More than an agent ever subscribes to; bounds what a broken or hostile one can make the server keep. */
const maxAgentSubscriptions = 512;

// A limit that is absent counts as 0 for the server, so each is said; -1 is "no limit". Sizes are bounded by the server's own settings.
const withoutJetStream: OperatorLimits = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: 0,
  disallow_bearer: true,
};
const withJetStream: OperatorLimits = {
  ...withoutJetStream,
  mem_storage: -1,
  disk_storage: -1,
  streams: -1,
  consumer: -1,
  max_ack_pending: -1,
  mem_max_stream_bytes: 0,
  disk_max_stream_bytes: 0,
  max_bytes_required: true,
};

export const encodeMainAccountJwt = async (issuer: AccountIssuer, revocations: readonly Revocation[] = []): Promise<AccountJwt> => {
  const revoked: Record<string, number> = {};
  for (const { publicKey, atSeconds } of revocations) revoked[publicKey] = Math.max(atSeconds, revoked[publicKey] ?? 0);
  // Written out: the library's own helper adds `resp`, which the server reads as leave to answer on any reply subject.
  const agentRole = (key: string): SigningKey => ({
    kind: 'user_scope',
    key,
    role: 'agent',
    template: {
      ...agentPermissionTemplate(),
      subs: maxAgentSubscriptions,
      data: -1,
      payload: -1,
      bearer_token: false,
      allowed_connection_types: ['STANDARD'],
    },
  });
  const keysOf = (role: RetiringKey['role']): string[] =>
    (issuer.others ?? []).flatMap((key) => (key.role === role ? [key.publicKey] : []));
  const signing_keys = [
    ...[issuer.serviceSigningPublicKey, ...keysOf('service')],
    ...[issuer.agentSigningPublicKey, ...keysOf('agent')].map(agentRole),
  ];
  const claims = { limits: withJetStream, signing_keys, revocations: revoked };
  const jwt = await encodeAccount('KLEVR', issuer.accountPublicKey, claims, { signer: keyPairOf(issuer.operatorSigningSeed) });
  return { publicKey: issuer.accountPublicKey, jwt };
};

/**
 * What a server's configuration holds. It may be written anew at each start: the main account in it tells an old date, so what was pushed
 * later (with its revocations) stays in force.
 */
export const natsTrustOf = async (identity: NatsIdentity): Promise<NatsTrust> => {
  const systemPublicKey = publicKeyOf(identity.systemAccountSeed);
  const operatorJwt = await encodeOperator('KLEVR', keyPairOf(identity.operatorSeed), {
    signing_keys: [publicKeyOf(identity.operatorSigningSeed)],
    system_account: systemPublicKey,
  });
  const systemJwt = await encodeAccount(
    'SYS',
    systemPublicKey,
    { limits: withoutJetStream },
    { signer: keyPairOf(identity.operatorSigningSeed) },
  );
  const issuer = accountIssuerOf(identity);
  const main = await encodeMainAccountJwt(issuer);
  return {
    operatorJwt,
    systemAccount: { publicKey: systemPublicKey, jwt: systemJwt },
    mainAccount: { ...main, jwt: datedLongAgo(main.jwt, keyPairOf(issuer.operatorSigningSeed)) },
  };
};

/** A server lets a configured JWT replace the one it stored unless that is newer, in seconds; the library dates every JWT with now. */
const datedLongAgo = (jwt: string, signer: KeyPair): string => {
  const [header = '', body = ''] = jwt.split('.');
  const claims = { ...(JSON.parse(Buffer.from(body, 'base64url').toString()) as object), iat: 1 };
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${Buffer.from(signer.sign(Buffer.from(signed))).toString('base64url')}`;
};
