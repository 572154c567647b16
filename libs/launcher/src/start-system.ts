/**
 * Starts everything that `npm start` runs, and stops it again. Promises: `running.json` exists exactly while all is ready; a failed or
 * aborted start leaves no process; data and secrets stay in the home folder. One launcher a home.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { startChild, type ManagedChild } from './child-process.js';
import { DEMO_ZONE, openDemoZone, type DemoZone, type DemoZoneOptions } from './demo-zone.js';
import { keepPort } from './free-ports.js';
import { lockHome } from './home-lock.js';
import { serverCacheDir } from './klevr-home.js';
import { klevrProcesses } from './klevr-processes.js';
import { removeRunningFile, writeRunningFile, type RunningSystem } from './running-file.js';
import { createSupervisor, type SupervisedProcess, type Supervisor } from './supervisor.js';
import { planAgents, planServices, planWorkers, type PlannedProcess, type SystemSettings } from './system-plan.js';
import { keepSystemFiles, NATS_IDENTITY_FILE } from './system-files.js';
import { startSystemServers } from './system-servers.js';

const READY_TIMEOUT_MS = 60_000;
const USERNAME = 'admin';

/** What a system is made of; replaced in tests of the start itself. */
export interface SystemParts {
  services: (settings: SystemSettings) => PlannedProcess[];
  agents: (settings: SystemSettings, joinToken: string | undefined) => PlannedProcess[];
  workers: (settings: SystemSettings, joinToken: string | undefined) => PlannedProcess[];
  openZone: (options: DemoZoneOptions) => Promise<DemoZone | undefined>;
}

export interface StartOptions {
  home: string;
  env: NodeJS.ProcessEnv;
  /** Begin without the data of earlier starts. */
  reset: boolean;
  say: (line: string) => void;
  signal: AbortSignal;
  parts?: SystemParts;
}

export interface StartedSystem {
  running: RunningSystem;
  stop(): Promise<void>;
}

const realParts: SystemParts = { services: planServices, agents: planAgents, workers: planWorkers, openZone: openDemoZone };

export async function startSystem(options: StartOptions): Promise<StartedSystem> {
  const { home, say, signal } = options;
  signal.throwIfAborted();
  const unlock = await lockHome(home);
  let describe: (() => RunningSystem) | undefined;
  let writing = Promise.resolve();
  const rewrite = (): void => {
    writing = writing.then(() => (describe === undefined ? undefined : writeRunningFile(home, describe())));
  };
  const supervisor = createSupervisor({ say, onChange: () => rewrite() });
  const stop = async (): Promise<void> => {
    describe = undefined;
    await writing.catch(() => undefined);
    await removeRunningFile(home);
    await supervisor.stop();
    await unlock();
  };
  const stopEarly = (): void => void supervisor.stop();
  signal.addEventListener('abort', stopEarly, { once: true });
  try {
    await removeRunningFile(home);
    if (options.reset) await empty(home);
    describe = await startAll(options, supervisor);
    signal.throwIfAborted();
    rewrite();
    await writing;
    return { running: describe(), stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', stopEarly);
  }
}

async function startAll(options: StartOptions, supervisor: Supervisor): Promise<() => RunningSystem> {
  const { home, env, say, signal, parts = realParts } = options;
  const files = await keepSystemFiles(join(home, 'secrets'));
  say('starting NATS, MariaDB and Redis');
  const servers = await startSystemServers({ home, env, files, supervisor, say, signal });

  const gatewayPort = await keepPort(join(home, 'gateway-port'));
  // Callbacks to this machine are what somebody who tries things out needs.
  const processes = klevrProcesses({ files, servers, logDir: join(home, 'logs'), allowPrivateCallbacks: true });
  const settings: SystemSettings = { home, processes, gatewayPort };
  say('starting the services');
  await startTogether(parts.services(settings), supervisor);

  const access = {
    apiUrl: `http://127.0.0.1:${gatewayPort}`,
    username: USERNAME,
    password: (await readFile(files.adminPassword, 'utf8')).trim(),
  };
  const zone = await parts.openZone({ ...access, signal });
  if (zone === undefined) say(`the password of ${USERNAME} was changed: the demo zone is left as it is`);
  say(`starting the agents of zone ${zone?.name ?? DEMO_ZONE}`);
  const [agents] = await Promise.all([
    startTogether(parts.agents(settings, zone?.joinToken), supervisor),
    startTogether(parts.workers(settings, zone?.workerToken), supervisor, 'workerId'),
  ]);
  await zone?.awaitReady(
    agents.flatMap((agent) => agentIdOf(agent) ?? []),
    READY_TIMEOUT_MS,
  );
  await zone?.revokeJoinTokens();
  const password = zone === undefined ? null : access.password;
  return () => ({ ...access, password, zone: zone?.name ?? DEMO_ZONE, processes: supervisor.processes() });
}

type IdName = 'agentId' | 'workerId';

async function startTogether(planned: PlannedProcess[], supervisor: Supervisor, idName: IdName = 'agentId'): Promise<ManagedChild[]> {
  return Promise.all(planned.map((process) => supervisor.start(supervised(process, idName))));
}

const supervised = ({ spec, stage, graceMs }: PlannedProcess, idName: IdName): SupervisedProcess => ({
  name: spec.name,
  stage,
  graceMs,
  start: (signal) => startChild({ ...spec, signal }),
  identity: (child) => {
    const id = agentIdOf(child);
    return id === undefined ? {} : { [idName]: id };
  },
  endedForGood,
});

/** An agent that a task has shut down, or that was removed, says so in its last line; its exit code 0 alone may come of a signal from outside. */
const endedForGood: NonNullable<SupervisedProcess['endedForGood']> = (child, { code }) =>
  code === 0 && child.lastLines.some((line) => /^klevr-[a-z]+: ended for good/.test(line));

/** The ready line of agents and workers tells it; nobody else's does. */
const agentIdOf = (child: ManagedChild): string | undefined => /"agentId":"([^"]+)"/.exec(child.readyLine ?? '')?.[1];

/** Everything but the fetched programs, the lock of this start, and what a NATS that somebody else runs was set up with. */
async function empty(home: string): Promise<void> {
  await mkdir(home, { recursive: true });
  const names = await readdir(home);
  const kept = [basename(serverCacheDir(home)), 'lock', 'nats-init'];
  for (const name of names.filter((one) => !kept.includes(one))) {
    if (name === 'secrets' && names.includes('nats-init')) await emptySecrets(join(home, name));
    else await rm(join(home, name), { recursive: true, force: true });
  }
}

async function emptySecrets(dir: string): Promise<void> {
  const names = await readdir(dir);
  for (const name of names.filter((one) => one !== NATS_IDENTITY_FILE)) await rm(join(dir, name), { force: true });
}
