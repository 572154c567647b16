import { join } from 'node:path';
import type { ChildSpec } from './child-process.js';
import { workspaceRoot } from './klevr-home.js';
import type { SystemFiles } from './system-files.js';

/** How each of Klevr's own processes is started on one machine: its program and its whole environment. */
export interface ServerAddresses {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl?: string;
  /** How many of the NATS servers keep each stream; default 1. */
  readonly natsReplicas?: number;
}

export interface KlevrProcesses {
  gateway(port: number): ChildSpec;
  /** Replicas are numbered from 1; two or more may run at once. */
  scheduler(replica: number): ChildSpec;
  taskManager(replica: number): ChildSpec;
  provisioner(replica: number): ChildSpec;
  agent(options: AgentOptions): ChildSpec;
  /** An agent that carries out operations on resources: see docs/provisioning.md. */
  worker(options: WorkerOptions): ChildSpec;
}

export interface AgentOptions {
  readonly name: string;
  /** The agent's state; kept from one start to the next. */
  readonly dir: string;
  readonly serverUrl: string;
  readonly joinToken?: string;
  readonly beaconPort?: number;
}

export interface WorkerOptions extends AgentOptions {
  /** A file that is an engine, for trying things out; without it the worker has the engines that it finds. */
  readonly pretendWorld?: string;
  /** More settings of its drivers. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface KlevrProcessOptions {
  readonly files: SystemFiles;
  readonly servers: ServerAddresses;
  readonly logDir: string;
  /** Callbacks may go to private and loopback addresses; for a system on one machine. */
  readonly allowPrivateCallbacks: boolean;
  readonly logLevel?: string;
  /** More settings of the gateway. */
  readonly gatewayEnv?: Readonly<Record<string, string>>;
}

const readyLine = /"msg":"ready"/;
/**
 * MiB. What serves a task lives for moments: with room for more of it less is collected. The bulk of `npm run bench -- only=throughput` had 3 to 14 % more tasks with
 * it than with the 16 of Node, in six pairs.
 */
const youngObjects = '--max-semi-space-size=64';

export const klevrProcesses = ({
  files,
  servers,
  logDir,
  allowPrivateCallbacks,
  logLevel = 'info',
  gatewayEnv = {},
}: KlevrProcessOptions): KlevrProcesses => {
  const specOf = (name: string, program: string[], env: Record<string, string>): ChildSpec => ({
    name,
    command: process.execPath,
    args: program,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: process.env.HOME ?? '/', KLEVR_LOG_LEVEL: logLevel, ...env },
    logFile: join(logDir, `${name}.log`),
    readyLine,
    readyTimeoutMs: 60_000,
    graceMs: 5_000,
  });
  const distOf = (service: string, file: string): string => join(workspaceRoot, 'services', service, 'dist', file);
  const service = (name: string): string[] => ['--enable-source-maps', youngObjects, distOf(name, 'main.mjs')];
  const serviceEnv = (service: keyof SystemFiles['serviceCreds'], port: number): Record<string, string> => ({
    KLEVR_NATS_URL: servers.natsUrl,
    KLEVR_NATS_CREDS_FILE: files.serviceCreds[service],
    KLEVR_DATABASE_URL: servers.databaseUrl,
    ...(servers.natsReplicas === undefined ? {} : { KLEVR_NATS_REPLICAS: String(servers.natsReplicas) }),
    ...(servers.redisUrl === undefined ? {} : { KLEVR_REDIS_URL: servers.redisUrl }),
    KLEVR_HTTP_PORT: String(port),
  });
  return {
    gateway: (port) =>
      specOf('gateway', service('gateway'), {
        ...serviceEnv('gateway', port),
        KLEVR_ADMIN_PASSWORD_FILE: files.adminPassword,
        KLEVR_AUDIT_KEY_FILE: files.auditKey,
        ...gatewayEnv,
      }),
    scheduler: (replica) =>
      specOf(`scheduler-${replica}`, service('scheduler'), {
        ...serviceEnv('scheduler', 0),
        KLEVR_NATS_SYSTEM_CREDS_FILE: files.systemCreds,
        KLEVR_NATS_ACCOUNT: files.natsAccount,
        KLEVR_AGENT_ISSUER_FILE: files.agentIssuer,
        KLEVR_ACCOUNT_ISSUER_FILE: files.accountIssuer,
        KLEVR_MASTER_KEY_FILE: files.masterKey,
        KLEVR_AGENT_NATS_URLS: servers.natsUrl,
      }),
    taskManager: (replica) =>
      specOf(`task-manager-${replica}`, service('task-manager'), {
        ...serviceEnv('task-manager', 0),
        KLEVR_TASK_KEY_FILE: files.taskKey,
        KLEVR_MASTER_KEY_FILE: files.masterKey,
        KLEVR_CALLBACK_ALLOW_PRIVATE: String(allowPrivateCallbacks),
      }),
    provisioner: (replica) =>
      specOf(`provisioner-${replica}`, service('provisioner'), {
        ...serviceEnv('provisioner', 0),
        KLEVR_MASTER_KEY_FILE: files.masterKey,
        KLEVR_RECIPES_DIR: join(workspaceRoot, 'recipes'),
      }),
    agent: (options) =>
      // A smaller young generation: less memory on each host, and a process that is gone sooner when it dies.
      specOf(options.name, ['--max-semi-space-size=4', distOf('agent', 'klevr-agent.mjs')], agentEnv(options)),
    worker: (options) =>
      specOf(options.name, [distOf('provisioner', 'klevr-worker.mjs')], {
        ...agentEnv(options),
        ...(options.pretendWorld === undefined ? {} : { KLEVR_PRETEND_WORLD: options.pretendWorld }),
        ...options.env,
      }),
  };
};

const agentEnv = ({ dir, serverUrl, joinToken, beaconPort }: AgentOptions): Record<string, string> => ({
  KLEVR_AGENT_DIR: dir,
  KLEVR_SERVER_URL: serverUrl,
  ...(joinToken === undefined ? {} : { KLEVR_JOIN_TOKEN: joinToken }),
  ...(beaconPort === undefined ? {} : { KLEVR_BEACON_PORT: String(beaconPort) }),
});
