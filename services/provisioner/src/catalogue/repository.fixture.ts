import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A recipe for the pretend driver; `more` goes to the end of its manifest. */
export const recipeText = (name: string, version: string, more = ''): string => `apiVersion: klevr/v1
name: ${name}
version: ${version}
description: The recipe ${name}
driver: pretend
parameters:
  type: object
  properties:
    size: { type: integer, default: 1, description: how large it is }
    password: { type: string, format: credential, description: of the administrator }
outputs:
  address: { description: where it is, value: '{{ observed.address }}', sensitive: true }
spec:
  things:
    - { kind: box, name: site, size: '{{ parameters.size }}' }
${more}`;

/** A git repository of a test, with a work tree. */
export class TestRepository {
  readonly url: string;

  constructor(private readonly folder: string) {
    this.url = pathToFileURL(folder).href;
    mkdirSync(folder, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main');
  }

  git(...args: string[]): string {
    const env = {
      ...{ PATH: process.env['PATH'] ?? '', HOME: this.folder, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
      ...{
        GIT_AUTHOR_NAME: 'test',
        GIT_AUTHOR_EMAIL: 'test@example.com',
        GIT_COMMITTER_NAME: 'test',
        GIT_COMMITTER_EMAIL: 'test@example.com',
      },
    };
    return execFileSync('git', ['-C', this.folder, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  write(files: Readonly<Record<string, string>>): this {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
      if (path.endsWith('.sh')) chmodSync(join(this.folder, path), 0o755);
    }
    return this;
  }

  link(path: string, target: string): this {
    symlinkSync(target, join(this.folder, path));
    return this;
  }

  remove(path: string): this {
    rmSync(join(this.folder, path), { recursive: true });
    return this;
  }

  /** Its id. */
  commit(): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', 'change');
    return this.git('rev-parse', 'HEAD');
  }

  /** Signed with a key of its own; answers the line of an allowed-signers file. */
  signedTag(name: string, keyFile: string): string {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', keyFile]);
    this.git('-c', 'gpg.format=ssh', '-c', `user.signingKey=${keyFile}`, 'tag', '--sign', '--message', name, name);
    return `test@example.com namespaces="git" ${readFileSync(`${keyFile}.pub`, 'utf8').trim()}`;
  }
}
