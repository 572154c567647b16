import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Installs Debian's packages on this host, for all of its users.
 * Promises: the services that come with them are neither started nor enabled, as the stack starts the programs itself; a policy for services that the host has is
 * kept. Does not: touch packages that are there, or work without root.
 */
const run = promisify(execFile);
const installMs = 600_000;
/** What Debian asks whether services may be started while packages are configured. */
const policy = '/usr/sbin/policy-rc.d';
const mark = 'KLEVR_INSTALLS';
/** It forbids what this installation starts and nothing else: so one that a killed worker left behind does no harm, and the next removes it. */
export const policyText = `#!/bin/sh\n# Written by Klevr, for as long as it installs packages.\n[ -z "$${mark}" ] || exit 101\n`;

export const installPackages = async (
  packages: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> => {
  if (process.getuid?.() !== 0) throw new Error('packages can be installed by root alone: use `binaries: packages` instead');
  const env = { ...environment, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C', [mark]: '1' };
  const options = { env, signal, timeout: installMs, maxBuffer: 16 * 1024 * 1024 };
  const there = await Promise.all(packages.map((name) => isInstalled(name)));
  const missing = packages.filter((_name, index) => there[index] === false);
  await writeFile(policy, policyText, { flag: 'wx', mode: 0o755 }).catch(() => undefined);
  const ours = (await readFile(policy, 'utf8').catch(() => '')) === policyText;
  try {
    // What an installation that was cut off left half done.
    await run('dpkg', ['--configure', '-a'], options);
    await run('apt-get', ['-q', 'update'], options);
    // The host's own upgrades may be under way.
    await run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', 'install', '--yes', '--no-install-recommends', ...missing], options);
    // They would start with the host.
    for (const name of missing) await run('systemctl', ['disable', `${name}.service`], options).catch(() => undefined);
  } catch (cause) {
    const said = typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr) : String(cause);
    throw new Error(
      `apt-get: ${
        said
          .split('\n')
          .filter((line) => line.startsWith('E:'))
          .join(' ') || said.slice(0, 500)
      }`,
      { cause },
    );
  } finally {
    if (ours) await rm(policy, { force: true });
  }
};

const isInstalled = async (name: string): Promise<boolean> => {
  const status = await run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).catch(() => undefined);
  return status?.stdout === 'installed';
};
