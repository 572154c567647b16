import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { StackProcess } from './stack-process.js';
import { marks } from './own-processes.js';
import { logPath, type ProcessKeeper, type StackOfProcesses } from './process-keeper.js';
import { plainFile } from './stack-file.js';

/**
 * Keeps processes as units of systemd, one each.
 * Promises: they start with the host and after a crash by themselves; each may write to its own data alone and has no rights of root although root started it.
 * Does not: touch units of other names.
 */
export type Systemctl = (args: readonly string[]) => Promise<void>;

const run = promisify(execFile);
const stopSeconds = 60;

export const systemctl: Systemctl = async (args) => {
  try {
    await run('systemctl', ['--no-ask-password', ...args], { timeout: (stopSeconds + 30) * 1000 });
  } catch (cause) {
    const said = typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(`systemctl ${args.join(' ')}: ${said}`, { cause });
  }
};

export const unitFolder = '/etc/systemd/system';
export const unitName = (resourceId: string, name: string): string => `klevr-${resourceId}-${name}.service`;

export const systemdKeeper = (owner: string, control: Systemctl = systemctl, folder = unitFolder): ProcessKeeper => ({
  kind: 'systemd',
  files: (stack, processes) =>
    processes.map((process) => {
      const unit = unitName(stack.resourceId, process.name);
      return plainFile(`unit/${unit}`, join(folder, unit), unitText(stack, process, owner));
    }),
  filePart: ({ resourceId }, name) => `unit/${unitName(resourceId, name)}`,
  start: async ({ resourceId }, { name }) => {
    const unit = unitName(resourceId, name);
    await control(['daemon-reload']);
    await control(['enable', unit]);
    await control(['restart', unit]);
  },
  stop: async ({ resourceId }, { name }) => control(['stop', unitName(resourceId, name)]),
  forget: async ({ resourceId }, name) => {
    try {
      await control(['disable', '--now', unitName(resourceId, name)]);
    } catch (error) {
      if (!/does not exist|not loaded|no such file/i.test(String(error))) throw error;
    }
  },
});

/** A word of a command line or an assignment: no specifier and no variable is read in it. */
const word = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;

export const unitText = (
  { resourceId, resourceName, folder }: StackOfProcesses,
  { name, program, args, flags, folder: cwd, writes }: StackProcess,
  owner: string,
): string => {
  const environment = { [marks.folder]: owner, [marks.resource]: resourceId, [marks.name]: name, [marks.flags]: flags };
  const log = logPath(folder, name);
  return `${[
    '# Written by Klevr: what is changed here by hand is put back.',
    '[Unit]',
    `Description=${name} of the monitoring stack ${resourceName} (${resourceId})`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=simple',
    ...Object.entries(environment).map(([key, value]) => `Environment=${word(`${key}=${value}`)}`),
    `WorkingDirectory=${cwd.replaceAll('%', '%%')}`,
    // The program itself may hold no variable, only specifiers.
    `ExecStart=${[word(program).replaceAll('$$', '$'), ...args.map(word)].join(' ')}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    'Restart=on-failure',
    'RestartSec=2',
    `TimeoutStopSec=${stopSeconds}`,
    `StandardOutput=append:${log.replaceAll('%', '%%')}`,
    'StandardError=inherit',
    'LimitNOFILE=65536',
    'UMask=0027',
    'CapabilityBoundingSet=',
    'AmbientCapabilities=',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    ...(writes === undefined ? [] : [`ReadWritePaths=${word(writes).replaceAll('$$', '$')}`]),
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectClock=yes',
    'ProtectControlGroups=yes',
    'ProtectHostname=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'MemoryDenyWriteExecute=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ].join('\n')}\n`;
};
