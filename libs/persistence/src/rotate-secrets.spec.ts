import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rotateSecrets } from './rotate-secrets.js';

describe('rotateSecrets', () => {
  const { argv, env, exitCode } = process;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'klevr-rotate-'));
  });
  afterEach(() => {
    Object.assign(process, { argv, env });
    process.exitCode = exitCode;
    rmSync(folder, { recursive: true });
  });

  it('speaks TLS with the database where an authority is configured', async () => {
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, '-----BEGIN CERTIFICATE-----\n');
    process.argv = argv.slice(0, 2);
    process.env = {
      KLEVR_DATABASE_URL: 'mysql://root@127.0.0.1:1/klevr',
      KLEVR_DATABASE_CA_FILE: caFile,
      KLEVR_MASTER_KEY: `one:${Buffer.alloc(32).toString('base64')}`,
    };
    // That it takes no address, which no certificate is for, tells that it would.
    await expect(rotateSecrets('scheduler', [])).rejects.toThrow('With TLS the database has to be given by its name');
  });
});
