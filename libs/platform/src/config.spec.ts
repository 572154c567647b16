import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { effectiveLines } from './config-report.js';
import { commaList, commonConfig, env, loadConfig, readConfig, secret } from './config.js';

const schema = z.object({
  ...commonConfig,
  adminPassword: secret(z.string().min(8)),
  signingKey: secret(z.string()).optional(),
  zones: commaList(z.string().min(2)).optional(),
  debugPort: env('KLEVR_TEST_PORT', z.coerce.number().int().default(7)),
});
const good = {
  KLEVR_NATS_URL: 'nats://a:4222, nats://user:pass@b:4222',
  KLEVR_DATABASE_URL: 'mysql://klevr:hunter2hunter2@db:3306/klevr',
  KLEVR_ADMIN_PASSWORD: 'correct horse',
};
const faultsOf = (environment: Record<string, string>): Record<string, string> => {
  const result = readConfig(schema, environment);
  return 'faults' in result ? Object.fromEntries(result.faults.map(({ env: name, message }) => [name, message])) : {};
};

describe('readConfig', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'klevr-config-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('gives typed values and defaults', () => {
    const result = readConfig(schema, { ...good, KLEVR_HTTP_PORT: '8080', KLEVR_TEST_PORT: '9', KLEVR_ZONES: 'ab,cd,' });
    expect(result).toMatchObject({
      config: {
        natsUrl: ['nats://a:4222', 'nats://user:pass@b:4222'],
        httpHost: '127.0.0.1',
        httpPort: 8080,
        logLevel: 'info',
        debugPort: 9,
        zones: ['ab', 'cd'],
      },
    });
  });

  it('lists every fault at once by the name of its variable', () => {
    const faults = faultsOf({
      KLEVR_NATS_URL: 'http://a',
      KLEVR_HTTP_PORT: '70000',
      KLEVR_LOG_LEVEL: 'loud',
      KLEVR_ADMIN_PASSWORD: 'short',
    });
    expect(Object.keys(faults).sort()).toEqual([
      'KLEVR_ADMIN_PASSWORD',
      'KLEVR_DATABASE_URL',
      'KLEVR_HTTP_PORT',
      'KLEVR_LOG_LEVEL',
      'KLEVR_NATS_URL',
    ]);
    expect(faults['KLEVR_DATABASE_URL']).toBe('is required and not set');
  });

  it('never tells a secret in a fault', () => {
    expect(JSON.stringify(faultsOf({ ...good, KLEVR_ADMIN_PASSWORD: 'geheim', KLEVR_DATABASE_URL: 'hunter2hunter2' }))).not.toMatch(
      /geheim|hunter2/,
    );
  });

  it('takes an empty variable for one that is not set', () => {
    expect(faultsOf({ ...good, KLEVR_HTTP_PORT: '', KLEVR_NATS_URL: '' })).toEqual({ KLEVR_NATS_URL: 'is required and not set' });
  });

  it('reads a value from the file that NAME_FILE names, without its last line break', () => {
    const path = join(dir, 'password');
    writeFileSync(path, 'from a file \n');
    const { KLEVR_ADMIN_PASSWORD: _, ...rest } = good;
    expect(readConfig(schema, { ...rest, KLEVR_ADMIN_PASSWORD_FILE: path })).toMatchObject({ config: { adminPassword: 'from a file ' } });
  });

  it('refuses an unreadable file, and a value given twice, with one fault each', () => {
    const { KLEVR_ADMIN_PASSWORD: _, ...rest } = good;
    expect(faultsOf({ ...rest, KLEVR_ADMIN_PASSWORD_FILE: join(dir, 'none') })).toEqual({
      KLEVR_ADMIN_PASSWORD: expect.stringMatching(/^KLEVR_ADMIN_PASSWORD_FILE cannot be read: .*ENOENT/),
    });
    expect(faultsOf({ ...good, KLEVR_ADMIN_PASSWORD_FILE: 'x' })).toEqual({
      KLEVR_ADMIN_PASSWORD: expect.stringMatching(/set one of them/),
    });
  });

  it('shows effective values with secrets and the passwords of addresses masked', () => {
    const result = readConfig(schema, { ...good, KLEVR_SIGNING_KEY: 'abc', KLEVR_REDIS_URL: 'redis://:sesame@r:6379' });
    const lines = 'settings' in result ? effectiveLines(result.settings) : [];
    expect(lines).toEqual([
      'KLEVR_INSTANCE_ID = (not set) (default)',
      'KLEVR_NATS_URL = nats://a:4222,nats://user:***@b:4222 (environment)',
      'KLEVR_NATS_CREDS_FILE = (not set) (default)',
      'KLEVR_NATS_REPLICAS = 1 (default)',
      'KLEVR_NATS_CA_FILE = (not set) (default)',
      'KLEVR_NATS_CERT_FILE = (not set) (default)',
      'KLEVR_NATS_KEY_FILE = (not set) (default)',
      'KLEVR_DATABASE_URL = mysql://klevr:***@db:3306/klevr (environment)',
      'KLEVR_DATABASE_CA_FILE = (not set) (default)',
      'KLEVR_REDIS_URL = redis://:***@r:6379 (environment)',
      'KLEVR_REDIS_CA_FILE = (not set) (default)',
      'KLEVR_HTTP_HOST = 127.0.0.1 (default)',
      'KLEVR_HTTP_PORT = 0 (default)',
      'KLEVR_LOG_LEVEL = info (default)',
      'KLEVR_ADMIN_PASSWORD = *** (environment)',
      'KLEVR_SIGNING_KEY = *** (environment)',
      'KLEVR_ZONES = (not set) (default)',
      'KLEVR_TEST_PORT = 7 (default)',
    ]);
  });
});

describe('loadConfig', () => {
  const ended = (argv: string[], environment: Record<string, string>): { code: unknown; out: string; err: string } => {
    const written = { out: '', err: '' };
    const exit = jest.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${String(code)}`);
    });
    const out = jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((written.out += String(text))));
    const err = jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((written.err += String(text))));
    try {
      loadConfig(schema, { argv, env: environment });
      return { code: undefined, ...written };
    } catch (error) {
      return { code: error instanceof Error ? error.message : error, ...written };
    } finally {
      for (const spy of [exit, out, err]) spy.mockRestore();
    }
  };

  it('goes on with good values', () => {
    expect(ended([], good)).toEqual({ code: undefined, out: '', err: '' });
  });

  it('ends with 78 and all faults on stderr', () => {
    const { code, err } = ended([], { KLEVR_HTTP_PORT: 'x' });
    expect(code).toBe('exit 78');
    expect(err.match(/^ {2}KLEVR_/gm)).toHaveLength(4);
  });

  it('prints the values and ends with 0 after --check, and with 78 if there are faults', () => {
    const check = ended(['--check'], good);
    expect(check.code).toBe('exit 0');
    expect(check.out).toContain('KLEVR_LOG_LEVEL = info (default)\n');
    expect(ended(['--check'], {}).code).toBe('exit 78');
  });

  it('refuses unknown arguments', () => {
    expect(ended(['--chek'], good)).toMatchObject({ code: 'exit 78', err: expect.stringContaining('--chek') });
  });
});
