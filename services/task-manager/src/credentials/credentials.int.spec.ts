import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { SealedCredential } from '@klevr/contracts/command';
import type { Credential, UpdateCredential } from '@klevr/contracts/credential';
import { SealingKeys } from '@klevr/messaging/auth/sealed-box';
import { createLogger } from '@klevr/platform/logger';
import type { FakeAgent } from '../fake-agent.fixture.js';
import { TaskManagers, type TaskInput } from '../task-manager.fixture.js';

const actor = { userId: 'usr_test', username: 'tester' };
/** Nothing else looks like it. */
const planted = 'planted-7e1c0e9bb2-value';

describe('the credentials of a zone', () => {
  let centre: TaskManagers;
  let zone: string;
  let agent: FakeAgent;
  const lines: string[] = [];
  const log = createLogger({ service: 'task-manager', level: 'trace', destination: { write: (line) => void lines.push(line) } });

  beforeAll(async () => {
    centre = await TaskManagers.open(0);
    await centre.start({ log });
    agent = await centre.agent();
    zone = agent.zoneId;
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const create = (name: string, value = planted, key?: string): Promise<Credential> =>
    centre.rpc('createCredential', {
      ...{ actor, zone, credential: { name, value, description: 'for a test' } },
      ...(key === undefined ? {} : { idempotency: { key, scope: 's', digest: `${name}=${value}` } }),
    });
  const update = (name: string, changes: UpdateCredential): Promise<Credential> =>
    centre.rpc('updateCredential', { actor, zone, name, changes });
  const using = (credentials: TaskInput['credentials'], who = agent, more: Partial<TaskInput> = {}): ReturnType<typeof centre.noop> =>
    centre.noop(who.zoneId, { agent: who.agentId }, { ...(credentials === undefined ? {} : { credentials }), ...more });
  const sealedFor = async (runId: string, who = agent): Promise<readonly SealedCredential[]> => {
    const command = (await who.commands(runId)).at(-1)?.command;
    return command?.verb === 'run' ? (command.credentials ?? []) : [];
  };
  const opened = ({ sealed }: SealedCredential, who = agent): string =>
    who.sealingKeys?.open(Buffer.from(sealed, 'base64')).toString() ?? '';

  it('are made once with one key, and a key with another value is told as such', async () => {
    const made = await create('ONCE', planted, 'key-1');
    expect(await create('ONCE', planted, 'key-1')).toEqual(made);
    await expect(create('ONCE', 'another', 'key-1')).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    const rows = await centre.database.query<{ digest: string }[]>('SELECT digest FROM idempotency_keys_task_manager');
    expect(rows.map(({ digest }) => digest)).not.toContain(`ONCE=${planted}`);
  }, 30_000);

  it('reach the agent of a task that names them, sealed to its key', async () => {
    await create('DB_PASSWORD');
    await create('CERTIFICATE', 'pem\n');
    const task = await using(['DB_PASSWORD', { name: 'CERTIFICATE', as: 'file', variable: 'CERT_PATH' }]);
    const { id } = await centre.onlyRun(task.id);
    const sealed = await sealedFor(id);
    expect(sealed).toMatchObject([
      { name: 'DB_PASSWORD', as: 'environment', variable: 'DB_PASSWORD' },
      { name: 'CERTIFICATE', as: 'file', variable: 'CERT_PATH' },
    ]);
    expect(sealed.map((one) => opened(one))).toEqual([planted, 'pem\n']);
    for (const one of sealed) expect(() => SealingKeys.create().open(Buffer.from(one.sealed, 'base64'))).toThrow('not sealed to');
    await agent.succeed(id);
    const { items } = await centre.rpc('listCredentials', { zone, limit: 200 });
    const used = items.filter(({ lastUsedAt }) => lastUsedAt !== null).map(({ name }) => name);
    expect(used.sort()).toEqual(['CERTIFICATE', 'DB_PASSWORD']);
  }, 30_000);

  it('have their new value in runs that are sent from then on', async () => {
    await create('ROTATED', 'old');
    const value = async (): Promise<string[]> => {
      const task = await using(['ROTATED']);
      return (await sealedFor((await centre.onlyRun(task.id)).id)).map((one) => opened(one));
    };
    expect(await value()).toEqual(['old']);
    await update('ROTATED', { value: 'new' });
    expect(await value()).toEqual(['new']);
  }, 30_000);

  it('are missed when the task is made where the zone has none of that name, each by its place', async () => {
    await create('KNOWN');
    const elsewhere = await centre.agent();
    await expect(using(['KNOWN', 'UNKNOWN', { name: 'NEITHER', as: 'file' }])).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      errors: [
        { path: 'credentials.1', message: 'the zone has no credential UNKNOWN' },
        { path: 'credentials.2', message: 'the zone has no credential NEITHER' },
      ],
    });
    await expect(using(['KNOWN'], elsewhere)).rejects.toMatchObject({ errors: [{ path: 'credentials.0' }] });
  }, 30_000);

  it('keep the run of an agent without a sealing key waiting until it has one', async () => {
    const old = await centre.agent(zone);
    old.sealingKeys = undefined;
    await old.hello();
    const task = await using(['KNOWN'], old);
    const waiting = await centre.run(task.id, 'waiting for a key', ({ reason }) => reason?.code === 'NO_SEALING_KEY');
    expect(waiting).toMatchObject({ status: 'queued', reason: { message: expect.stringContaining('too old') as unknown } });
    expect(old.received).toEqual([]);
    old.sealingKeys = SealingKeys.create();
    old.session = newId('session');
    await old.hello();
    expect((await sealedFor(waiting.id, old)).map((one) => opened(one, old))).toEqual([planted]);
    await old.succeed(waiting.id);
    await centre.runWithStatus(task.id, 'succeeded');
  }, 30_000);

  it('end the run that was to have one which was deleted meanwhile, before it starts, and free its place', async () => {
    await create('SHORT_LIVED');
    const away = await centre.agent(zone);
    await centre.hostEvent('host.left', away);
    const task = await using(['SHORT_LIVED', 'KNOWN'], away);
    await centre.run(task.id, 'waiting', ({ reason }) => reason?.code === 'AGENT_OFFLINE');
    await centre.rpc('deleteCredential', { actor, zone, name: 'SHORT_LIVED' });
    await away.hello();
    const run = await centre.runWithStatus(task.id, 'failed');
    expect(run).toMatchObject({
      startedAt: null,
      reason: { code: 'CREDENTIAL_MISSING', message: 'the zone has no credential SHORT_LIVED any more' },
    });
    expect(away.received).toEqual([]);
  }, 30_000);

  it.each([
    ['whose master key is not configured', `CONCAT('kb1.gone', SUBSTRING(box, 9))`, 'its master key gone is not among the configured ones'],
    [
      'that was put in from another row',
      '(SELECT o.box FROM (SELECT * FROM credentials) o WHERE o.name = "OTHER_ROW")',
      'sealed with another key or for another place',
    ],
  ])(
    'keep waiting, and the service running, those who use one %s',
    async (_what, tampered, message) => {
      const name = `LOCKED_${lines.length}`;
      await create(name);
      await create('OTHER_ROW').catch(() => undefined);
      const [{ box } = { box: '' }] = await centre.database.query<{ box: string }[]>('SELECT box FROM credentials WHERE name = ?', [name]);
      await centre.database.query(`UPDATE credentials SET box = ${tampered} WHERE name = ?`, [name]);
      const task = await using([name]);
      const waiting = await centre.run(task.id, 'waiting', ({ reason }) => reason?.code === 'CREDENTIAL_MISSING');
      expect(waiting).toMatchObject({ status: 'queued', reason: { message: expect.stringContaining(message) as unknown } });
      await centre.database.query('UPDATE credentials SET box = ? WHERE name = ?', [box, name]);
      await agent.hello();
      expect((await sealedFor(waiting.id)).map((one) => opened(one))).toEqual([planted]);
    },
    30_000,
  );

  it('that are deleted while a command is out end its run only once no copy of it can be taken any more', async () => {
    await create('JUST_SENT');
    const silent = await centre.agent(zone, { silent: true });
    const task = await using(['JUST_SENT'], silent);
    const { id } = await centre.onlyRun(task.id);
    await silent.commands(id);
    await centre.rpc('deleteCredential', { actor, zone, name: 'JUST_SENT' });
    const wanting = await centre.run(task.id, 'found wanting', ({ reason }) => reason?.code === 'CREDENTIAL_MISSING');
    expect(wanting.status).toBe('dispatched');
    expect(silent.received).toHaveLength(1);
    // As if it had been so for longer than any command lives.
    await centre.database.query('UPDATE runs SET wait_since = wait_since - INTERVAL 40 SECOND WHERE id = ?', [id]);
    expect(await centre.runWithStatus(task.id, 'failed')).toMatchObject({ reason: { code: 'CREDENTIAL_MISSING' } });
    expect(silent.received).toHaveLength(1);
  }, 30_000);

  it('that are there again go out with the next copy', async () => {
    await create('BACK_AGAIN');
    const silent = await centre.agent(zone, { silent: true });
    const task = await using(['BACK_AGAIN'], silent);
    const { id } = await centre.onlyRun(task.id);
    await silent.commands(id);
    await centre.rpc('deleteCredential', { actor, zone, name: 'BACK_AGAIN' });
    await centre.run(task.id, 'found wanting', ({ reason }) => reason?.code === 'CREDENTIAL_MISSING');
    await create('BACK_AGAIN', 'anew');
    await silent.commands(id, 2);
    expect((await sealedFor(id, silent)).map((one) => opened(one, silent))).toEqual(['anew']);
    await centre.run(task.id, 'sent', ({ reason }) => reason?.code !== 'CREDENTIAL_MISSING');
    expect(await centre.database.query('SELECT wait_since FROM runs WHERE id = ?', [id])).toEqual([{ wait_since: null }]);
  }, 30_000);

  it('leave nothing of their values in the database or the log', async () => {
    const tables = await centre.database.query<{ name: string }[]>(
      'SELECT table_name name FROM information_schema.tables WHERE table_schema = DATABASE()',
    );
    const dump: string[] = [];
    for (const { name } of tables) dump.push(JSON.stringify(await centre.database.query(`SELECT * FROM ${name}`)));
    expect(dump.join()).toContain('kb1.test.');
    expect(lines.join()).toContain('cannot be opened');
    const forms = [planted, ...(['base64', 'hex'] as const).map((form) => Buffer.from(planted).toString(form).slice(0, 24))];
    for (const text of [...dump, ...lines]) for (const form of forms) expect(text.includes(form) ? text : 'clean').toBe('clean');
  }, 30_000);
});
