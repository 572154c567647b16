import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '@klevr/launcher/klevr-home';
import type { Run } from '@klevr/contracts/task';
import { klevrProcesses } from '@klevr/launcher/klevr-processes';
import { createConnection } from 'mysql2/promise';
import { EventClient } from '../event-client.js';
import { eventually } from '../eventually.js';
import { installationSecrets, plantByApi, type Planted } from './planted-secrets.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

const planted = `planted-${randomBytes(12).toString('hex')}`;
const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');
/** As it might stand somewhere, whole or inside something longer. */
const formsOf = (text: string): string[] => [
  ...[text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), Buffer.from(text).toString('hex')],
  Buffer.from(text)
    .toString('base64')
    .slice(0, Math.floor((text.length * 4) / 3 / 4) * 4),
];
const holdsIt = (text: string): boolean => formsOf(planted).some((form) => text.includes(form));

describe('a secret of a zone', () => {
  let open: SystemBed;
  let others: Planted[] = [];
  let events: EventClient;
  beforeAll(async () => {
    open = await openSystemBed({ agents: 1, logLevel: 'trace' });
    events = await EventClient.open(open.system.api.origin, '', { token: open.system.api.authorization.replace('Bearer ', '') });
    await events.begun();
    others = [...(await plantByApi(open)), ...(await installationSecrets(open, 'agent-1'))];
    await credential('POST', '', { name: 'TOKEN', value: planted });
    await credential('POST', '', { name: 'CERTIFICATE', value: `${planted}\n` });
  }, 90_000);
  afterAll(() => {
    events.hangUp();
    return open.close();
  }, 90_000);

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
    };
    await restartWith(`${fresh}\n${old}`);
    const env = { PATH: process.env.PATH, KLEVR_DATABASE_URL: open.bed.databaseUrl, KLEVR_MASTER_KEY_FILE: files.masterKey };
    const program = join(workspaceRoot, 'scripts', 'dist', 'rotate-secrets.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program], { env, timeout: 20_000 });
    expect(stdout).toContain('task-manager: credentials: 2 looked at, 2 moved to the master key k2, 0 not opened');
    expect(stdout).toContain('scheduler: schedules: 2 looked at, 2 moved to the master key k2, 0 not opened');
    await restartWith(fresh);
    await eventually('the service', 10_000, async () => ((await api.raw('GET', '/tasks')).ok ? true : undefined));
    const { status, run: done } = await run(sums);
    expect([status, done.output?.split(' ')[0]]).toEqual(['succeeded', sumOf(planted)]);
  }, 60_000);

  it('is in no answer, table, log, event or file of a part of the system, whatever became of it; nor is any other secret', async () => {
    expect(holdsIt(await credential('GET', ''))).toBe(false);
    const fresh = await installationSecrets(open, 'agent-1');
    const secrets = [{ name: 'credential', text: planted }, ...others, ...fresh];
    expect(secrets.filter(({ text }) => text.length < 16)).toEqual([]);
    const forms = secrets.map(({ name, text }) => ({ name, forms: formsOf(text) }));
    const holding: string[] = [];
    const search = (where: string, text: string): void => {
      for (const secret of forms) if (secret.forms.some((form) => text.includes(form))) holding.push(`${secret.name} in ${where}`);
    };
    for (const [name, text] of await tables()) search(`the table ${name}`, text);
    const files = (await filesBelow(open.bed.folder)).filter((file) => !isItsPlace(file));
    for (const file of files) search(file, (await readFile(file)).toString('latin1'));
    search('the events', JSON.stringify(events.messages));
    for (const [name, text] of await checks()) search(`--check of ${name}`, text);
    expect(files.filter((file) => file.endsWith('.log')).length).toBeGreaterThan(3);
    expect(files.some((file) => file.includes('journal'))).toBe(true);
    expect(events.events.length).toBeGreaterThan(5);
    expect(holding).toEqual([]);
  }, 60_000);

  /** Files that are there to hold a secret, of mode 0600 all of them. */
  const isItsPlace = (file: string): boolean => /\/secrets\/[^/]+$|\/agent-1\/(identity\.json|seed|sealing-key)$/.test(file);

  const tables = async (): Promise<[string, string][]> => {
    const database = await createConnection(open.bed.databaseUrl);
    const [found] = await database.query('SHOW TABLES');
    const names = (found as Record<string, string>[]).flatMap((row) => Object.values(row));
    expect(names).toEqual(
      expect.arrayContaining(['credentials', 'callbacks', 'webhooks', 'schedules', 'sessions', 'api_tokens', 'audit_entries']),
    );
    const texts: [string, string][] = [];
    for (const name of names) {
      const [rows] = await database.query(`SELECT * FROM \`${name}\``);
      const text = JSON.stringify(rows, (_key, value: unknown) => (isBytes(value) ? Buffer.from(value.data).toString('latin1') : value));
      texts.push([name, text]);
    }
    await database.end();
    return texts;
  };

  const checks = async (): Promise<[string, string][]> => {
    const { files } = open.system;
    const processes = klevrProcesses({ files, servers: open.bed, logDir: open.bed.folder, allowPrivateCallbacks: true });
    const specs = [processes.gateway(0), processes.scheduler(1), processes.taskManager(1)];
    const run = async ({ name, command, args, env }: (typeof specs)[number]): Promise<[string, string]> => {
      const { stdout, stderr } = await promisify(execFile)(command, [...args, '--check'], { env, timeout: 30_000 });
      expect(stdout).toContain('KLEVR_DATABASE_URL');
      return [name, `${stdout}${stderr}`];
    };
    return Promise.all(specs.map(run));
  };
});

const isBytes = (value: unknown): value is { data: number[] } =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value && Array.isArray(value.data);
