import type { AgentKind } from '@klevr/contracts/agent';
import { SystemClock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { createLogger } from '@klevr/platform/logger';
import { exitOnSignals, exitOnUncaught } from '@klevr/platform/shutdown';
import { z } from 'zod';
import { Agent } from './agent.js';
import { openBeacon } from './beacon/beacon.js';
import { earlyState } from './beacon/beacon-view.js';
import { answerTo, helpText } from './command-line.js';
import { loadAgentConfig, type AgentConfig } from './config.js';
import { connectToNats } from './connect.js';
import type { DepartureKind } from './departure-request.js';
import type { AgentExtension, ProgramNames, ReadyExtension } from './extension.js';
import { NotAdmitted, admit } from './identity/admission.js';
import { EnrolmentRefused } from './identity/enroll.js';
import { requestTrusting, type GatewayRequest } from './identity/gateway-request.js';
import { keepHeapSmall } from './heap-limits.js';
import { holdFolder } from './identity/folder-lock.js';
import { makeFolder, type Identity } from './identity/identity.js';
import { LoginRescue } from './identity/login-rescue.js';
import { removeIdentity } from './identity/removal.js';
import { AgentLink } from './link.js';
import { LogMemory } from './log-memory.js';
import { openStorage } from './storage.js';

const stopDeadlineMs = 9_500;
/** Every supervisor starts a process again that ends with this (EX_TEMPFAIL). */
const startAgainCode = 75;
const clock = new SystemClock();

const plain: ProgramNames = { program: 'klevr-agent', service: 'agent', help: helpText };
const noSettings = z.object({});

/**
 * The agent as a program: reads its configuration, is admitted to its zone, and runs until it is ended. The exit code says how that came: see `klevr-agent --help`.
 * With an extension it is another program, which does what an agent does and more.
 */
export const runAgentProgram = async <S extends z.ZodObject>(extension?: AgentExtension<S>): Promise<void> => {
  const names = extension ?? plain;
  const answer = answerTo(process.argv.slice(2), names.help);
  if (answer !== undefined) return void process.stdout.write(answer);
  const fail = failure(names);
  // What an extension does may need more.
  if (extension === undefined) keepHeapSmall();
  const config = extension === undefined ? loadAgentConfig(noSettings) : loadAgentConfig(extension.settings);
  const logMemory = new LogMemory();
  const write = (line: string): void => (logMemory.add(line), void process.stdout.write(line));
  const log = createLogger({ service: names.service, level: config.logLevel, destination: { write } });
  let agent: Agent | undefined;
  let identity: Identity | undefined;
  let leaving: Promise<never> | undefined;
  exitOnUncaught(log);
  exitOnSignals({ log, close: async () => leaving ?? agent?.stop(), deadlineMs: stopDeadlineMs });
  // The host is about to sleep, and is awake again.
  process.on('SIGUSR2', () => void agent?.suspend());
  process.on('SIGCONT', () => agent?.awake());
  await makeFolder(config.agentDir);
  if (!(await holdFolder(config.agentDir))) return fail(1, `another agent is running with the state folder ${config.agentDir}`);
  const beacon = await openBeacon({
    ...{ host: config.beaconHost, port: config.beaconPort },
    state: () => agent?.beaconState() ?? earlyState(identity?.current, { uptimeSeconds: clock.uptimeSeconds(), centreMs: clock.nowMs() }),
  });
  identity = await admitted({ config, log, fail, kind: extension?.kind ?? 'agent' });
  const { agentId, zoneId, natsUrls } = identity.current;
  const storage = await openStorage(config.agentDir, clock, log);
  const who = identity;
  const onRemoved = (reason: string): void => {
    const stopped = async (): Promise<unknown> => agent?.stop() ?? Promise.all([storage.journal.close(), storage.logs.close()]);
    leaving ??= leave({ config, identity: who, log, reason, stopped, names });
  };
  const serverUrl = config.serverUrl ?? identity.current.serverUrl;
  const rescue = new LoginRescue({ identity, serverUrl, clock, log, onRemoved, request: gatewayRequestOf(config) });
  log.info({ agentId, zoneId, journalId: storage.journal.id, natsUrls, beaconUrl: beacon.url }, 'connecting');
  const bus = await connectToNats({ identity, rescue, clock, log, config });
  const link = new AgentLink(bus, { zone: zoneId, agent: agentId });
  const ready: ReadyExtension | undefined = extension && ((host) => extension.open(host, config as z.output<S>));
  const onDeparture = async (kind: DepartureKind): Promise<void> => depart(kind, log, names, async () => agent?.stop());
  agent = await Agent.start({
    config,
    identity,
    storage,
    link,
    clock,
    log,
    logMemory,
    beacon,
    rescue,
    onRemoved,
    onDeparture,
    extension: ready,
  });
};

const gatewayRequestOf = ({ caFile }: AgentConfig): GatewayRequest => (caFile === undefined ? fetch : requestTrusting(caFile));

interface Admitted {
  readonly config: AgentConfig;
  readonly log: Log;
  readonly kind: AgentKind;
  readonly fail: (code: number, sentence: string) => never;
}

const admitted = async ({ config, log, kind, fail }: Admitted): Promise<Identity> => {
  try {
    return await admit({ config, clock, log, kind, request: gatewayRequestOf(config) });
  } catch (error) {
    if (error instanceof EnrolmentRefused) return fail(77, `enrolment at ${config.serverUrl} was refused: ${error.message}`);
    if (error instanceof NotAdmitted) return fail(78, error.message);
    throw error;
  }
};

interface Leaving {
  readonly config: AgentConfig;
  readonly identity: Identity;
  readonly log: Log;
  readonly reason: string;
  readonly stopped: () => Promise<unknown>;
  readonly names: ProgramNames;
}

/** The centre has removed this agent: it stops in order as far as that is possible in time, forgets who it was, and ends well. */
const leave = async ({ config, identity, log, reason, stopped, names }: Leaving): Promise<never> => {
  const { agentId, zoneName } = identity.current;
  log.warn({ agentId, zoneName, reason }, 'removed from the zone');
  await inTime(log, stopped);
  await removeIdentity(config.agentDir, identity.current, { reason, atMs: clock.nowMs() });
  log.warn({ agentId, zoneName, reason }, 'this agent was removed and has ended; a new join token is needed to join again');
  return endForGood(names, 'removed from its zone');
};

/** A task has asked for it. */
const depart = async (kind: DepartureKind, log: Log, names: ProgramNames, stopped: () => Promise<unknown>): Promise<never> => {
  await inTime(log, stopped);
  log.info({ kind }, 'stopped');
  return kind === 'restart' ? process.exit(startAgainCode) : endForGood(names, 'shut down by a task');
};

const inTime = async (log: Log, stopped: () => Promise<unknown>): Promise<void> => {
  const late = new Promise((resolve) => void clock.setTimer(() => resolve('late'), stopDeadlineMs));
  if ((await Promise.race([stopped(), late])) === 'late') log.error({}, 'not stopped in time, ending as it stands');
};

/** Whoever watches over it reads that, whatever its log level is: it is not to be started again. */
const endForGood = ({ program }: ProgramNames, why: string): never => {
  process.stderr.write(`${program}: ended for good: ${why}\n`);
  process.exit(0);
};

const failure =
  ({ program }: ProgramNames) =>
  (code: number, sentence: string): never => {
    process.stderr.write(`${program}: ${sentence}\n`);
    process.exit(code);
  };
