import type { AgentKind } from '@klevr/contracts/agent';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { AgentConfig } from '../config.js';
import { collectHostFacts } from '../host/host-facts.js';
import { agentVersion } from '../version.js';
import { enrol } from './enroll.js';
import type { GatewayRequest } from './gateway-request.js';
import { Identity, keysToEnrolWith, readIdentity } from './identity.js';
import { digestOf, finishRemoval, forgetRemoval, readRemoved, type Removed } from './removal.js';

/**
 * Who this agent is: read from the state folder, or got by enrolment.
 * Promises: one whose removal the folder tells of does not come back but with another join token. Does not: wait for approval; the identity may be
 * without credentials yet.
 */
export class NotAdmitted extends Error {
  override readonly name = 'NotAdmitted';
}

export interface AdmissionOptions {
  readonly config: Pick<AgentConfig, 'agentDir' | 'serverUrl' | 'joinToken' | 'scriptEnvironment'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly request?: GatewayRequest;
  readonly kind?: AgentKind;
}

export const admit = async (options: AdmissionOptions): Promise<Identity> => {
  const { agentDir, joinToken } = options.config;
  const removed = await readRemoved(agentDir);
  let identity = await readIdentity(agentDir);
  if (removed !== undefined && (identity === undefined || identity.current.agentId === removed.agentId)) {
    await finishRemoval(agentDir, removed);
    identity = undefined;
    if (joinToken === undefined || digestOf(joinToken) === removed.joinTokenDigest) throw new NotAdmitted(sentenceOf(removed));
  }
  identity ??= await join(options);
  await forgetRemoval(agentDir);
  return identity;
};

/** The first start: a key pair is made here, and its public half is exchanged for an identity. */
const join = async ({ config, clock, log, request = fetch, kind = 'agent' }: AdmissionOptions): Promise<Identity> => {
  const { serverUrl, joinToken, agentDir, scriptEnvironment } = config;
  if (serverUrl === undefined || joinToken === undefined) {
    throw new NotAdmitted(`there is no identity in ${agentDir} yet: KLEVR_SERVER_URL and KLEVR_JOIN_TOKEN are needed for the first start`);
  }
  const keys = await keysToEnrolWith(agentDir);
  const host = await collectHostFacts(scriptEnvironment['PATH'] ?? '');
  const enrolled = await enrol({
    serverUrl,
    body: { joinToken, publicKey: keys.publicKey, host, version: agentVersion },
    clock,
    log,
    request,
  });
  const tokenIsFor = enrolled.kind ?? 'agent';
  if (tokenIsFor !== kind)
    throw new NotAdmitted(`the join token is for ${articled[tokenIsFor]}, and this is ${articled[kind]}: make another one`);
  const identity = new Identity(agentDir, { ...enrolled, seed: keys.seed, serverUrl, joinTokenDigest: digestOf(joinToken) });
  await identity.save();
  log.info({ agentId: enrolled.agentId, zoneName: enrolled.zoneName, approved: enrolled.userJwt !== null }, 'enrolled');
  return identity;
};

const articled = { agent: 'an agent', worker: 'a worker of the provisioner' } as const;

const sentenceOf = ({ agentId, zoneName, at, reason }: Removed): string =>
  `the agent ${agentId} was removed from the zone ${zoneName} at ${at} (${reason}): a new join token is needed (KLEVR_JOIN_TOKEN)`;
