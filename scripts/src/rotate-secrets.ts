import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '@klevr/launcher/klevr-home';

/**
 * npm run secrets:rotate — moves every secret that any service keeps sealed to the first of the master keys, service by service, each by its own program: tables
 * belong to services. It may run while they do, be broken off and be run again. Ends with 1 where something is left under another key.
 */
const services = ['task-manager', 'scheduler', 'provisioner'];

for (const service of services) {
  const program = join(workspaceRoot, 'services', service, 'dist', 'rotate-secrets', 'main.js');
  const { status } = spawnSync(process.execPath, [program], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = status ?? 1;
}
