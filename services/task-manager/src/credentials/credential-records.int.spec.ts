import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { Credential, UpdateCredential } from '@klevr/contracts/credential';
import { eventually } from '@klevr/testing/eventually';
import { TaskManagers } from '../task-manager.fixture.js';

const actor = { userId: 'usr_test', username: 'tester' };
const planted = 'planted-value';

describe('the credentials of a zone, as operators see them,', () => {
  let centre: TaskManagers;
  let zone: string;

  beforeAll(async () => {
    centre = await TaskManagers.open();
    zone = (await centre.agent()).zoneId;
  }, 60_000);
  afterAll(() => centre.close(), 90_000);

  const create = (name: string, value = planted): Promise<Credential> =>
    centre.rpc('createCredential', { actor, zone, credential: { name, value, description: 'for a test' } });
  const update = (name: string, changes: UpdateCredential): Promise<Credential> =>
    centre.rpc('updateCredential', { actor, zone, name, changes });

  it('are told without their values, in pages by name', async () => {
    const names = ['LIST_a', 'LIST_b', 'LIST_c'];
    for (const name of names) expect(Object.keys(await create(name)).sort()).toEqual(Object.keys(shape).sort());
    const first = await centre.rpc('listCredentials', { zone, limit: 2 });
    const rest = await centre.rpc('listCredentials', { zone, limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...rest.items].map(({ name }) => name)).toEqual(names);
    expect(rest).toMatchObject({
      nextCursor: null,
      items: [{ name: 'LIST_c', description: 'for a test', createdBy: 'tester', lastUsedAt: null }],
    });
    expect(JSON.stringify([first, rest])).not.toContain(planted);
    await expect(centre.rpc('listCredentials', { zone, cursor: 'no cursor' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  }, 30_000);

  it('have names of their own, and are changed and deleted by them', async () => {
    const made = await create('CHANGED');
    await expect(create('CHANGED')).rejects.toMatchObject({ code: 'CONFLICT' });
    const described = await update('CHANGED', { description: 'other words' });
    expect(described).toEqual({ ...made, description: 'other words' });
    const renewed = await update('CHANGED', { value: 'new' });
    expect(renewed.updatedAt > made.updatedAt).toBe(true);
    await centre.rpc('deleteCredential', { actor, zone, name: 'CHANGED' });
    for (const call of [update('CHANGED', { value: 'x' }), centre.rpc('deleteCredential', { actor, zone, name: 'CHANGED' })]) {
      await expect(call).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    const nowhere = { actor, zone: newId('zone'), credential: { name: 'A', value: 'b' } };
    await expect(centre.rpc('createCredential', nowhere)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }, 30_000);

  it('take values that a variable can hold, and name what is wrong with others', async () => {
    await expect(create('NUL', 'a\0b')).rejects.toMatchObject({ code: 'BAD_REQUEST', errors: [{ path: 'value' }] });
    await expect(create('LARGE', 'ä'.repeat(40_000))).rejects.toMatchObject({ code: 'BAD_REQUEST', errors: [{ path: 'value' }] });
    await create('LARGEST', 'x'.repeat(65_536));
  }, 30_000);

  it('are not the only ones: those that callbacks and webhooks are signed with are sealed as well', async () => {
    const given = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    const callback = { url: 'http://127.0.0.1:9/', on: ['failure' as const], secret: given };
    const { agentId } = await centre.agent(zone);
    const task = await centre.noop(zone, { agent: agentId }, { callbacks: [callback] });
    await centre.rpc('createWebhook', { actor, webhook: callback });
    const sql = 'SELECT secret FROM callbacks WHERE task_id = ? UNION ALL SELECT secret FROM webhooks';
    const rows = await centre.database.query<{ secret: string }[]>(sql, [task.id]);
    expect(rows.map(({ secret }) => [secret.startsWith('kb1.test.'), centre.secrets.open(secret)])).toEqual([
      [true, given],
      [true, given],
    ]);
    expect(centre.secrets.open(given)).toBe(given);
  }, 30_000);

  it('go with their zone', async () => {
    const gone = await centre.agent();
    await centre.rpc('createCredential', { actor, zone: gone.zoneId, credential: { name: 'GONE', value: 'x' } });
    await centre.hostEvent('host.zoneDeleted', { zoneId: gone.zoneId, agentId: gone.zoneId });
    const left = await eventually('the end of its credentials', 10_000, async () => {
      const rows = await centre.database.query<unknown[]>('SELECT 1 FROM credentials WHERE zone_id = ?', [gone.zoneId]);
      return rows.length === 0 ? rows : undefined;
    });
    expect(left).toEqual([]);
  }, 30_000);
});

const shape: Credential = {
  ...{ name: '', zoneId: '', description: '', createdBy: '', createdAt: '', updatedAt: '', lastUsedAt: null },
};
