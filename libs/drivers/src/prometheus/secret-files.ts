import { join } from 'node:path';
import type { Secret } from '@klevr/recipes/secret';
import { secretFile, type StackFile } from './stack-file.js';

interface Auth {
  readonly bearer?: Secret | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
}

/** Secrets that programs read from files of their own, so that no configuration holds them. */
export class SecretFiles {
  readonly files: StackFile[] = [];

  constructor(private readonly root: string) {}

  /** The path under which the program finds it. */
  add(name: string, secret: Secret): string {
    const path = join(this.root, 'secrets', name);
    this.files.push(secretFile(`secret/${name}`, path, secret));
    return path;
  }

  /** How a client of Prometheus' family is told to prove who it is. */
  auth(name: string, { bearer, username, password }: Auth): object {
    if (bearer !== undefined) return { authorization: { type: 'Bearer', credentials_file: this.add(`${name}-bearer`, bearer) } };
    if (password === undefined) return username === undefined ? {} : { basic_auth: { username } };
    return { basic_auth: { username, password_file: this.add(`${name}-password`, password) } };
  }
}
