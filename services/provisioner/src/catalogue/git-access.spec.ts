import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { GitAccess, type Auth } from './git-access.js';

describe('the folder of a conversation with a repository', () => {
  let access: GitAccess | undefined;
  const open = async (auth?: Auth, trustedSigners: string[] = []): Promise<GitAccess> =>
    (access = await GitAccess.open({ auth, trustedSigners, path: process.env['PATH'] ?? '' }));

  afterEach(() => access?.close());

  it('is for this user alone, and goes with everything in it', async () => {
    const { folder } = await open();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await access?.close();
    expect(existsSync(folder)).toBe(false);
  });

  it('has user and password in files, from which git gets its answers, and nowhere else', async () => {
    const { folder, environment } = await open({ username: 'me', password: 'a $(b) "c"' });
    const answer = (question: string): string =>
      execFileSync(environment['GIT_ASKPASS'] ?? '', [question], { env: environment, encoding: 'utf8' });
    expect([answer("Username for 'https://git.example': "), answer("Password for 'https://me@git.example': ")]).toEqual([
      'me',
      'a $(b) "c"',
    ]);
    expect(() => answer('Are you sure (yes/no)? ')).toThrow('Command failed');
    expect(JSON.stringify(environment)).not.toContain('$(b)');
    expect(statSync(join(folder, 'password')).mode & 0o777).toBe(0o600);
  });

  it('has the key of ssh and the hosts that are known, and trusts no other host', async () => {
    const { folder, environment } = await open({ sshKey: 'KEY', knownHosts: 'git.example ssh-ed25519 AAAA' });
    expect(readFileSync(join(folder, 'key'), 'utf8')).toBe('KEY\n');
    expect(environment['GIT_SSH_COMMAND']).toContain(`-i '${join(folder, 'key')}'`);
    expect(environment['GIT_SSH_COMMAND']).toMatch(/StrictHostKeyChecking=yes.*known-hosts/);
  });

  it('gives programs nothing of this process, and git no configuration but its own', async () => {
    process.env['KLEVR_TEST_SECRET'] = 'secret';
    const { folder, environment } = await open(undefined, ['me@example.com ssh-ed25519 AAAA']);
    delete process.env['KLEVR_TEST_SECRET'];
    expect(Object.keys(environment)).not.toContain('KLEVR_TEST_SECRET');
    expect(environment).toMatchObject({ GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'https:http:ssh:file' });
    const config = (name: string): string =>
      execFileSync('git', ['config', '--get', name], { env: environment, cwd: folder, encoding: 'utf8' }).trim();
    expect([config('core.hooksPath'), config('gpg.ssh.allowedSignersFile'), config('gpg.openpgp.program')]).toEqual([
      ...['/dev/null', join(folder, 'allowed-signers'), 'false'],
    ]);
    expect(readFileSync(join(folder, 'allowed-signers'), 'utf8')).toBe('me@example.com ssh-ed25519 AAAA\n');
  });
});
