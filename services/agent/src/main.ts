import { Bus } from '@klevr/messaging/bus';
import { SystemClock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { createLogger } from '@klevr/platform/logger';
import { exitOnSignals, exitOnUncaught } from '@klevr/platform/shutdown';
import { Agent } from './agent.js';
import { loadAgentConfig, type AgentConfig } from './config.js';
import { collectHostFacts } from './host/host-facts.js';
import { EnrolmentRefused, enrol } from './identity/enroll.js';
import { holdFolder } from './identity/folder-lock.js';
import { Identity, keysToEnrolWith, makeFolder, readIdentity } from './identity/identity.js';
import { timesOf } from './identity/jwt-renewal.js';
import { AgentLink } from './link.js';
import { openStorage } from './storage.js';
import { agentVersion } from './version.js';

const stopDeadlineMs = 9_500;
const awayAfterMs = 15_000;
const clock = new SystemClock();

const main = async (): Promise<void> => {
  const config = loadAgentConfig();
  const log = createLogger({ service: 'agent', level: config.logLevel });
  let agent: Agent | undefined;
  exitOnUncaught(log);
  exitOnSignals({ log, close: async () => agent?.stop(), deadlineMs: stopDeadlineMs });
  await makeFolder(config.agentDir);
  if (!(await holdFolder(config.agentDir))) return fail(1, `another agent is running with the state folder ${config.agentDir}`);
  const identity = (await readIdentity(config.agentDir)) ?? (await join(config, log));
  const { agentId, zoneId, natsUrls } = identity.current;
  const storage = await openStorage(config.agentDir, clock, log);
  log.info({ agentId, zoneId, journalId: storage.journal.id, natsUrls }, 'connecting');
  const me = { zone: zoneId, agent: agentId };
  const stopWarning = warnWhileAway(identity, log);
  const bus = await Bus.connect({ servers: natsUrls, name: agentId, credentials: () => identity.credentials(), owner: me });
  stopWarning();
  agent = await Agent.start({ config, identity, storage, link: new AgentLink(bus, me), clock, log });
};

/** The first start: a key pair is made here, and its public half is exchanged for an identity. */
const join = async (config: AgentConfig, log: Log): Promise<Identity> => {
  const { serverUrl, joinToken, agentDir } = config;
  if (serverUrl === undefined || joinToken === undefined) {
    return fail(78, `there is no identity in ${agentDir} yet: KLEVR_SERVER_URL and KLEVR_JOIN_TOKEN are needed for the first start`);
  }
  const keys = await keysToEnrolWith(agentDir);
  const host = await collectHostFacts(config.scriptEnvironment['PATH'] ?? '');
  const body = { joinToken, publicKey: keys.publicKey, host, version: agentVersion };
  const enrolled = await enrol({ serverUrl, body, clock, log }).catch((error: unknown) => {
    if (error instanceof EnrolmentRefused) return fail(1, `enrolment at ${serverUrl} was refused: ${error.message}`);
    throw error;
  });
  const identity = new Identity(agentDir, { ...enrolled, seed: keys.seed });
  await identity.save();
  log.info({ agentId: enrolled.agentId, zoneName: enrolled.zoneName }, 'enrolled');
  return identity;
};

/** The first connection is waited for as long as it takes; the reason why it may never come is said. */
const warnWhileAway = (identity: Identity, log: Log): (() => void) => {
  const { natsUrls } = identity.current;
  const expired = timesOf(identity.userJwt).expiresAtMs < clock.nowMs();
  if (expired) log.error({}, 'the credentials have expired: enrol again with an empty state folder and a new join token');
  return clock.setTimer(() => log.warn({ natsUrls, expired }, 'NATS cannot be reached, or refuses this agent'), awayAfterMs);
};

const fail = (code: number, sentence: string): never => {
  process.stderr.write(`klevr-agent: ${sentence}\n`);
  process.exit(code);
};

await main();
