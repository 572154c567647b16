/**
 * Which processes make up a started system, and what each one is told: one gateway, two schedulers (so that nothing relies on there being
 * one), one task-manager, and the demo zone's agents. Pure: from the settings to commands and environments.
 */
import { join } from 'node:path';
import { serviceCredsFile, systemCredsFile, type Installation } from './installation.js';
import { workspaceRoot } from './klevr-home.js';
import type { ServerUrls } from './system-servers.js';

export interface PlannedProcess {
  name: string;
  stage: number;
  graceMs: number;
  command: string;
  args: string[];
  env: Record<string, string>;
  isAgent: boolean;
}

export interface SystemSettings {
  home: string;
  urls: ServerUrls;
  installation: Installation;
  gatewayPort: number;
  /** The launcher's own environment. */
  env: NodeJS.ProcessEnv;
}

const SERVICE_STAGE = 1;
const AGENT_STAGE = 2;
/** With the servers' grace all ends within 10 s, also when each has to be killed. */
const GRACE_MS = 3_000;
const SCHEDULERS = 2;
const AGENTS = 3;

/** All services; they wait for each other by themselves, so they are started at once. */
export function planServices(settings: SystemSettings): PlannedProcess[] {
  const { installation, urls } = settings;
  const scheduler = {
    KLEVR_NATS_CREDS_FILE: serviceCredsFile(installation, 'scheduler'),
    KLEVR_NATS_SYSTEM_CREDS_FILE: systemCredsFile(installation),
    KLEVR_NATS_ACCOUNT: installation.natsAccount,
    KLEVR_AGENT_ISSUER_FILE: agentIssuerFile(installation),
    KLEVR_AGENT_NATS_URLS: urls.nats,
  };
  return [
    ...numbered(SCHEDULERS, (n) => service(settings, 'scheduler', `scheduler-${n}`, scheduler)),
    service(settings, 'task-manager', 'task-manager', { KLEVR_NATS_CREDS_FILE: serviceCredsFile(installation, 'task-manager') }),
    service(settings, 'gateway', 'gateway', {
      KLEVR_NATS_CREDS_FILE: serviceCredsFile(installation, 'gateway'),
      KLEVR_HTTP_PORT: String(settings.gatewayPort),
      KLEVR_ADMIN_PASSWORD: installation.adminPassword,
    }),
  ];
}

export function planAgents(settings: SystemSettings, joinToken: string): PlannedProcess[] {
  return numbered(AGENTS, (n) => ({
    name: `agent-${n}`,
    stage: AGENT_STAGE,
    graceMs: GRACE_MS,
    command: process.execPath,
    args: [join(workspaceRoot, 'services/agent/dist/main.js')],
    env: {
      // An agent's scripts see the environment of the person who started the system, without Klevr's own settings.
      ...Object.fromEntries(Object.entries(baseEnv(settings.env, () => true)).filter(([name]) => !name.startsWith('KLEVR_'))),
      KLEVR_AGENT_DIR: join(settings.home, 'agents', `agent-${n}`),
      KLEVR_SERVER_URL: `http://127.0.0.1:${settings.gatewayPort}`,
      KLEVR_JOIN_TOKEN: joinToken,
    },
    isAgent: true,
  }));
}

export const agentIssuerFile = (installation: Installation): string => join(installation.secretsDir, 'agent-issuer.json');

function service(settings: SystemSettings, folder: string, name: string, own: Record<string, string>): PlannedProcess {
  return {
    name,
    stage: SERVICE_STAGE,
    graceMs: GRACE_MS,
    command: process.execPath,
    args: [join(workspaceRoot, 'services', folder, 'dist/main.js')],
    env: {
      ...baseEnv(settings.env, (variable) =>
        ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_OPTIONS', 'KLEVR_LOG_LEVEL'].includes(variable),
      ),
      NODE_ENV: 'production',
      KLEVR_INSTANCE_ID: name,
      KLEVR_NATS_URL: settings.urls.nats,
      KLEVR_DATABASE_URL: settings.urls.database,
      KLEVR_REDIS_URL: settings.urls.redis,
      ...own,
    },
    isAgent: false,
  };
}

function baseEnv(env: NodeJS.ProcessEnv, wanted: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value !== undefined && wanted(name) ? [[name, value]] : [])));
}

function numbered<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index + 1));
}
