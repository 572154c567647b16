import { describe, expect, it } from '@jest/globals';
import { createNatsIdentity } from '@klevr/messaging/auth/nats-identity';
import { klevrProcesses } from './klevr-processes.js';
import type { SystemFiles } from './system-files.js';

const files: SystemFiles = {
  natsIdentity: createNatsIdentity(),
  natsAccount: 'A',
  serviceCreds: {
    gateway: '/s/gateway.creds',
    scheduler: '/s/scheduler.creds',
    'task-manager': '/s/task-manager.creds',
    provisioner: '/s/provisioner.creds',
  },
  systemCreds: '/s/system.creds',
  agentIssuer: '/s/agent-issuer',
  accountIssuer: '/s/account-issuer',
  taskKey: '/s/task-key',
  auditKey: '/s/audit-key',
  masterKey: '/s/master-keys',
  adminPassword: '/s/admin-password',
};
const servers = { natsUrl: 'nats://127.0.0.1:1', databaseUrl: 'mysql://127.0.0.1/k' };
const processes = klevrProcesses({ files, servers, logDir: '/l', allowPrivateCallbacks: false });
const secretsOf = ({ env = {} }: { env?: Record<string, string> | undefined }): string[] =>
  Object.values(env)
    .filter((value) => value.startsWith('/s/'))
    .sort();

describe('the files of secrets', () => {
  it('are given to those who need them alone: the system account and the issuers to the scheduler, the keys of tasks to the task-manager', () => {
    expect(secretsOf(processes.gateway(0))).toEqual(['/s/admin-password', '/s/audit-key', '/s/gateway.creds']);
    expect(secretsOf(processes.scheduler(1))).toEqual([
      ...['/s/account-issuer', '/s/agent-issuer', '/s/master-keys', '/s/scheduler.creds', '/s/system.creds'],
    ]);
    expect(secretsOf(processes.taskManager(1))).toEqual(['/s/master-keys', '/s/task-key', '/s/task-manager.creds']);
    expect(secretsOf(processes.provisioner(1))).toEqual(['/s/master-keys', '/s/provisioner.creds']);
    expect(secretsOf(processes.worker({ name: 'w', dir: '/d', serverUrl: 'http://127.0.0.1:1' }))).toEqual([]);
    expect(secretsOf(processes.agent({ name: 'a', dir: '/d', serverUrl: 'http://127.0.0.1:1' }))).toEqual([]);
  });

  it('hold no seed in the environment of any of them', () => {
    const { operatorSeed, operatorSigningSeed, systemAccountSeed, accountSeed, serviceSigningSeed, agentSigningSeed } = files.natsIdentity;
    const shown = JSON.stringify([processes.gateway(0), processes.scheduler(1), processes.taskManager(1), processes.provisioner(1)]);
    for (const seed of [operatorSeed, operatorSigningSeed, systemAccountSeed, accountSeed, serviceSigningSeed, agentSigningSeed]) {
      expect(shown).not.toContain(seed);
    }
  });
});
