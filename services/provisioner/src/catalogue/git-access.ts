import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceAuth } from '@klevr/contracts/catalogue';
import type { z } from 'zod';

export type Auth = z.output<typeof SourceAuth>;

/** What the programs are started with: nothing else of this process's environment. */
export type GitEnvironment = Readonly<Record<string, string>>;

/**
 * A folder of one conversation with a repository: the bare repository itself, and what opens it.
 * Promises: only this user can read it; it is gone afterwards, whatever happened; no secret is in an argument or a variable, only in its files; git reads no
 * configuration but the one here, starts no hook, asks nobody, and speaks https, http, ssh and file only.
 */
export class GitAccess {
  private constructor(
    readonly folder: string,
    readonly environment: GitEnvironment,
  ) {}

  static async open({
    auth,
    trustedSigners,
    path,
  }: {
    auth: Auth | undefined;
    trustedSigners: readonly string[];
    path: string;
  }): Promise<GitAccess> {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-git-'));
    try {
      await chmod(folder, 0o700);
      const write = (name: string, text: string, mode = 0o600): Promise<void> => writeFile(join(folder, name), text, { mode, flag: 'wx' });
      await mkdir(join(folder, 'repository'), { mode: 0o700 });
      await write('config', configOf(folder, auth !== undefined));
      await write('allowed-signers', `${trustedSigners.join('\n')}\n`);
      await write('askpass', askpass, 0o700);
      const [username, password, sshKey, knownHosts] =
        auth === undefined
          ? []
          : 'password' in auth
            ? [auth.username, auth.password]
            : [undefined, undefined, auth.sshKey, auth.knownHosts];
      await write('username', username ?? '');
      await write('password', password ?? '');
      await write('known-hosts', `${knownHosts ?? ''}\n`);
      if (sshKey !== undefined) await write('key', sshKey.endsWith('\n') ? sshKey : `${sshKey}\n`);
      return new GitAccess(folder, environmentOf(folder, path, sshKey !== undefined));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get repository(): string {
    return join(this.folder, 'repository');
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Answers git's questions from the files beside it. */
const askpass = `#!/bin/sh
folder=\${0%/*}
case "$1" in
  Username*) cat "$folder/username" ;;
  Password*) cat "$folder/password" ;;
  *) exit 1 ;;
esac
`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const configOf = (folder: string, hasAuth: boolean): string => `
[core]
  hooksPath = /dev/null
  fsmonitor = false
  bigFileThreshold = 8m
[credential]
  helper =
[protocol]
  version = 2
[safe]
  directory = *
[transfer]
  fsckObjects = true
[fetch]
  recurseSubmodules = false
  unpackLimit = 1
[gc]
  auto = 0
[maintenance]
  auto = false
[http]
  followRedirects = ${hasAuth ? 'false' : 'initial'}
  lowSpeedLimit = 1
  lowSpeedTime = 60
[gpg]
  program = false
[gpg "openpgp"]
  program = false
[gpg "x509"]
  program = false
[gpg "ssh"]
  allowedSignersFile = ${JSON.stringify(join(folder, 'allowed-signers'))}
`;

const environmentOf = (folder: string, path: string, hasKey: boolean): GitEnvironment => ({
  ...{ PATH: path, HOME: folder, LC_ALL: 'C', TZ: 'UTC' },
  ...{
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(folder, 'config'),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:file',
  },
  ...{ GIT_ASKPASS: join(folder, 'askpass'), SSH_ASKPASS: '/bin/false', GIT_OPTIONAL_LOCKS: '0', GIT_NO_REPLACE_OBJECTS: '1' },
  GIT_SSH_VARIANT: 'ssh',
  GIT_SSH_COMMAND: [
    ...['ssh', '-F', '/dev/null', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'IdentitiesOnly=yes'],
    ...['-o', 'IdentityAgent=none', '-o', 'ConnectTimeout=15', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=2'],
    ...['-o', quoted(`UserKnownHostsFile=${join(folder, 'known-hosts')}`), '-o', 'GlobalKnownHostsFile=/dev/null'],
    ...(hasKey ? ['-i', quoted(join(folder, 'key'))] : []),
  ].join(' '),
});
