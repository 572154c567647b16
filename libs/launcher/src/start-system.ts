/**
 * Starts everything that `npm start` runs, and stops it again. Promises: `running.json` exists exactly while all is ready; a failed or
 * aborted start leaves no process; data and secrets stay in the home folder. One launcher a home.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, type ManagedChild } from './child-process.js';
import { openDemoZone, type DemoZone, type DemoZoneOptions } from './demo-zone.js';
import { choosePort } from './free-ports.js';
import { lockHome } from './home-lock.js';
import { openInstallation, writeServiceCreds } from './installation.js';
import { serverCacheDir } from './klevr-home.js';
import { removeRunningFile, writeRunningFile, type RunningSystem } from './running-file.js';
import { createSupervisor, type SupervisedProcess } from './supervisor.js';
import { planAgents, planServices, type PlannedProcess, type SystemSettings } from './system-plan.js';
import { startSystemServers } from './system-servers.js';

const READY_TIMEOUT_MS = 60_000;
const USERNAME = 'admin';

/** What a system is made of; replaced in tests of the start itself. */
export interface SystemParts {
  services: (settings: SystemSettings) => PlannedProcess[];
  agents: (settings: SystemSettings, joinToken: string) => PlannedProcess[];
  openZone: (options: DemoZoneOptions) => Promise<DemoZone>;
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

const realParts: SystemParts = { services: planServices, agents: planAgents, openZone: openDemoZone };

export async function startSystem(options: StartOptions): Promise<StartedSystem> {
  const { home, say, signal } = options;
  signal.throwIfAborted();
  const unlock = await lockHome(home);
  let describe: (() => RunningSystem) | undefined;
  let writing = Promise.resolve();
  const rewrite = (): void => {
    writing = writing.then(() => (describe === undefined ? undefined : writeRunningFile(home, describe())));
  };
  const supervisor = createSupervisor({ say, onRestart: () => rewrite() });
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

async function startAll(options: StartOptions, supervisor: ReturnType<typeof createSupervisor>): Promise<() => RunningSystem> {
  const { home, env, say, signal, parts = realParts } = options;
  const installation = await openInstallation(home);
  await writeServiceCreds(installation);
  say('starting NATS, MariaDB and Redis');
  const urls = await startSystemServers({ home, env, installation, supervisor, say, signal });

  const gatewayPort = await choosePort(join(home, 'gateway-port'));
  const settings: SystemSettings = { home, urls, installation, gatewayPort, env };
  say('starting the services');
  await startTogether(parts.services(settings), home, supervisor);

  const access = { apiUrl: `http://127.0.0.1:${gatewayPort}`, username: USERNAME, password: installation.adminPassword };
  const zone = await parts.openZone({ ...access, signal });
  say(`starting the agents of zone ${zone.name}`);
  const agents = await startTogether(parts.agents(settings, zone.joinToken), home, supervisor);
  await zone.awaitReady(
    agents.flatMap((agent) => agentIdOf(agent) ?? []),
    READY_TIMEOUT_MS,
  );
  await zone.revokeJoinToken();
  return () => ({ ...access, zone: zone.name, processes: supervisor.processes() });
}

async function startTogether(
  planned: PlannedProcess[],
  home: string,
  supervisor: ReturnType<typeof createSupervisor>,
): Promise<ManagedChild[]> {
  return Promise.all(planned.map((process) => supervisor.start(supervised(process, home))));
}

function supervised(planned: PlannedProcess, home: string): SupervisedProcess {
  const { name, stage, graceMs, command, args, env } = planned;
  const logFile = join(home, 'logs', `${name}.log`);
  return {
    name,
    stage,
    graceMs,
    start: (signal) =>
      startChild({ name, command, args, env, cwd: home, logFile, readyLine: /"msg":"ready"/, readyTimeoutMs: READY_TIMEOUT_MS, signal }),
    ...(planned.isAgent ? { agentId: agentIdOf } : {}),
  };
}

const agentIdOf = (child: ManagedChild): string | undefined => /"agentId":"([^"]+)"/.exec(child.readyLine ?? '')?.[1];

/** Everything but the fetched server programs and the lock that this start holds. */
async function empty(home: string): Promise<void> {
  await mkdir(home, { recursive: true });
  const kept = [serverCacheDir(home), join(home, 'lock')];
  for (const name of await readdir(home)) {
    const path = join(home, name);
    if (!kept.includes(path)) await rm(path, { recursive: true, force: true });
  }
}
