import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '@klevr/launcher/klevr-home';
import type { Run } from '@klevr/contracts/task';
import { createConnection } from 'mysql2/promise';
import { eventually } from '../eventually.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

const planted = `planted-${randomBytes(12).toString('hex')}`;
const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');
/** As it might stand somewhere, whole or inside something longer. */
const forms = [planted, Buffer.from(planted).toString('base64').slice(0, 40), Buffer.from(planted).toString('hex')];
const holdsIt = (text: string): boolean => forms.some((form) => text.includes(form));

describe('a secret of a zone', () => {
  let open: SystemBed;
  beforeAll(async () => {
    open = await openSystemBed({ agents: 1, logLevel: 'trace' });
    await credential('POST', '', { name: 'TOKEN', value: planted });
    await credential('POST', '', { name: 'CERTIFICATE', value: `${planted}\n` });
  }, 90_000);
  afterAll(() => open.close(), 90_000);

  const credential = async (method: string, path: string, body?: object): Promise<string> => {
    const answer = await open.system.api.raw(method, `/zones/${open.system.zone}/credentials${path}`, body);
    expect([path, answer.ok]).toEqual([path, true]);
    return answer.text();
  };
  const use = [
    { name: 'TOKEN', variable: 'MY_TOKEN' },
    { name: 'CERTIFICATE', as: 'file' },
  ];
  const sums = `printf %s "$MY_TOKEN" | sha256sum > "$KLEVR_OUTPUT"; sha256sum < "$CERTIFICATE" >> "$KLEVR_OUTPUT"`;
  const run = async (script: string, credentials: unknown = use): Promise<{ status: string; run: Run; log: string }> => {
    const { api, zone } = open.system;
    const steps = [{ name: 'use', run: script }];
    const { id } = await api.createTask({ name: 'secret', zone, target: { all: '' }, steps, credentials });
    const { status } = await api.taskEnd(id);
    const [only] = await api.runs(id);
    if (only === undefined) throw new Error('the task has no run');
    const log = await (await api.raw('GET', `/runs/${only.id}/logs`)).text();
    return { status, run: only, log };
  };
  const filesBelow = async (folder: string): Promise<string[]> => {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };

  it('reaches the scripts of a task that names it, by a variable and by a file that goes with the run', async () => {
    const { status, run: done } = await run(
      `${sums}; stat -c %a "$CERTIFICATE" >> "$KLEVR_OUTPUT"; echo "$CERTIFICATE" >> "$KLEVR_OUTPUT"`,
    );
    expect(status).toBe('succeeded');
    const [token, certificate, mode, path = ''] = (done.output ?? '').split('\n');
    expect([token?.split(' ')[0], certificate?.split(' ')[0], mode]).toEqual([sumOf(planted), sumOf(`${planted}\n`), '600']);
    await eventually('the end of the file', 5_000, async () => {
      const left = await readFile(path).catch(() => undefined);
      return left === undefined ? true : undefined;
    });
  }, 30_000);

  it('is not told to the scripts of others', async () => {
    const { run: done } = await run('env | grep -c -e MY_TOKEN -e CERTIFICATE > "$KLEVR_OUTPUT" || true', []);
    expect(done.output?.trim()).toBe('0');
  }, 30_000);

  it('is hidden where a script writes it, in its log as in its result', async () => {
    const { run: done, log } = await run('echo "it is $MY_TOKEN"; cat "$CERTIFICATE" > "$KLEVR_OUTPUT"');
    const said =
      log === ''
        ? await eventually('the log', 5_000, async () => {
            const text = await (await open.system.api.raw('GET', `/runs/${done.id}/logs`)).text();
            return text === '' ? undefined : text;
          })
        : log;
    expect(said).toContain('it is ');
    expect(holdsIt(said)).toBe(false);
    expect(holdsIt(done.output ?? '')).toBe(false);
  }, 30_000);

  it('goes over to a new master key while the system runs, and the old one can go then', async () => {
    const { files, api } = open.system;
    const old = (await readFile(files.masterKey, 'utf8')).trim();
    const fresh = `k2:${randomBytes(32).toString('base64')}`;
    const restartWith = async (text: string): Promise<void> => {
      await writeFile(files.masterKey, `${text}\n`, { mode: 0o600 });
      await open.system.killAndStartAgain('task-manager-1');
      await open.system.killAndStartAgain('scheduler-1');
    };
    await restartWith(`${fresh}\n${old}`);
    const env = { PATH: process.env.PATH, KLEVR_DATABASE_URL: open.bed.databaseUrl, KLEVR_MASTER_KEY_FILE: files.masterKey };
    const program = join(workspaceRoot, 'scripts', 'dist', 'rotate-secrets.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program], { env, timeout: 20_000 });
    expect(stdout).toContain('task-manager: credentials: 2 looked at, 2 moved to the master key k2, 0 not opened');
    expect(stdout).toContain('scheduler: schedules: 1 looked at, 1 moved to the master key k2, 0 not opened');
    await restartWith(fresh);
    await eventually('the service', 10_000, async () => ((await api.raw('GET', '/tasks')).ok ? true : undefined));
    const { status, run: done } = await run(sums);
    expect([status, done.output?.split(' ')[0]]).toEqual(['succeeded', sumOf(planted)]);
  }, 60_000);

  it('is in no answer, table, log or file of a part of the system, whatever became of it', async () => {
    expect(holdsIt(await credential('GET', ''))).toBe(false);
    const database = await createConnection(open.bed.databaseUrl);
    const [tables] = await database.query('SHOW TABLES');
    const names = (tables as Record<string, string>[]).flatMap((row) => Object.values(row));
    const holding: string[] = [];
    for (const name of names) {
      const [rows] = await database.query(`SELECT * FROM \`${name}\``);
      const text = JSON.stringify(rows, (_key, value: unknown) => (isBytes(value) ? Buffer.from(value.data).toString('latin1') : value));
      if (holdsIt(text)) holding.push(name);
    }
    await database.end();
    expect(names).toContain('credentials');
    const files = await filesBelow(open.bed.folder);
    for (const file of files) if (holdsIt((await readFile(file)).toString('latin1'))) holding.push(file);
    expect(files.filter((file) => file.endsWith('.log')).length).toBeGreaterThan(3);
    expect(files.some((file) => file.includes('journal'))).toBe(true);
    expect(holding).toEqual([]);
  }, 30_000);
});

const isBytes = (value: unknown): value is { data: number[] } =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value && Array.isArray(value.data);
