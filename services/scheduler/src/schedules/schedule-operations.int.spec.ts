import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { actor } from '../scheduler.fixture.js';
import { PlainSecretsStore } from './plain-secrets.store.js';
import { ScheduleBed } from './schedules.fixture.js';

const yearly = '0 0 1 1 *';
const template = (zone: string) => ({ name: 'rotate', zone, target: { all: '' }, steps: [{ name: 'one', run: 'true' }] });

describe('what operators do to schedules', () => {
  let bed: ScheduleBed;
  let zone: string;
  beforeAll(async () => {
    bed = await ScheduleBed.open();
    zone = await bed.schedulers.zone();
  }, 60_000);
  afterEach(() => {
    bed.checked = undefined;
  });
  afterAll(() => bed.close(), 90_000);

  const get = (id: string) => bed.schedulers.rpc('getSchedule', { id });

  it('a new one is told as it is, with the defaults', async () => {
    const made = await bed.create(zone, { cron: yearly, timeZone: 'Asia/Seoul' });
    const year = new Date().getUTCFullYear();
    expect(made).toMatchObject({
      ...{ name: 'nightly', zoneId: zone, cron: yearly, at: null, timeZone: 'Asia/Seoul', start: null, until: null, misfire: 'runOnce' },
      ...{ misfireLimit: 10, misfireAfterSeconds: 60, overlap: 'skip', feedResult: false, status: 'active', revision: 1 },
      ...{ nextDueAt: `${year}-12-31T15:00:00.000Z`, lastTaskId: null, createdBy: actor.username },
    });
    expect(await get(made.id)).toEqual(made);
    expect((await bed.event('schedule.created', made.id)).data).toMatchObject({ by: actor.username, name: 'nightly' });
  });

  it('all faults of one are told at once, those of its task too', async () => {
    bed.checked = { code: 'BAD_REQUEST', message: 'faulty', errors: [{ path: 'steps.0.use', message: 'there is no such command' }] };
    const start = { start: '2027-01-02T00:00:00.000Z', until: '2027-01-01T00:00:00.000Z' };
    await expect(bed.create(zone, { cron: '61 * * * *', timeZone: 'Mars/Olympus', ...start })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      errors: [
        { path: 'cron', message: expect.stringContaining('61') },
        { path: 'timeZone', message: 'there is no time zone "Mars/Olympus"' },
        { path: 'until', message: expect.any(String) },
        { path: 'task.steps.0.use', message: 'there is no such command' },
      ],
    });
    bed.checked = { code: 'NOT_FOUND', message: 'There is no such zone' };
    await expect(bed.create(zone)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(bed.create(zone, { timeZone: '+09:00' })).rejects.toMatchObject({ errors: [{ path: 'timeZone' }] });
  });

  it.each([
    [{ cron: '0 0 30 2 *' }, 'cron'],
    [{ at: '2020-01-01T00:00:00.000Z' }, 'at'],
    [{ cron: '* * * * *', until: '2020-01-01T00:00:00.000Z' }, 'until'],
    [{ at: '2027-01-01T00:00:00.000Z', start: '2027-01-02T00:00:00.000Z' }, 'start'],
  ])('one that would never be due is refused: %j', async (more, path) => {
    await expect(bed.create(zone, more)).rejects.toMatchObject({ code: 'BAD_REQUEST', errors: [{ path }] });
  });

  it('one is not made while the task-manager is away', async () => {
    await bed.taskManagerGoes();
    await expect(bed.create(zone)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await bed.taskManagerComes();
  });

  it('the same request makes one', async () => {
    const idempotency = { key: 'once', scope: 'test', digest: 'd' };
    const schedule = { name: 'once', cron: yearly, task: template(zone) };
    const [first, second] = await Promise.all([1, 2].map(() => bed.schedulers.rpc('createSchedule', { actor, schedule, idempotency })));
    expect(first?.id).toBe(second?.id);
  });

  it('a change keeps what it does not name, counts the revision, and tells what is another', async () => {
    const { id } = await bed.create(zone, { cron: yearly });
    const changed = await bed.schedulers.rpc('updateSchedule', {
      ...{ actor, id, ifRevision: 1 },
      changes: { cron: '0 12 1 1 *', overlap: 'queue' },
    });
    expect(changed).toMatchObject({ cron: '0 12 1 1 *', overlap: 'queue', name: 'nightly', revision: 2, misfire: 'runOnce' });
    expect(changed.nextDueAt).toMatch(/-01-01T12:00:00.000Z$/);
    const { data } = await bed.event('schedule.changed', id);
    expect(data).toMatchObject({ by: actor.username, revision: 2, changed: { overlap: { from: 'skip', to: 'queue' } } });
    await expect(bed.schedulers.rpc('updateSchedule', { actor, id, ifRevision: 1, changes: { name: 'x' } })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    const at = new Date(Date.now() + 3_600_000).toISOString();
    expect(await bed.schedulers.rpc('updateSchedule', { actor, id, changes: { at } })).toMatchObject({ cron: null, at, nextDueAt: at });
    const faulty = { timeZone: 'Nowhere', cron: 'x' };
    await expect(bed.schedulers.rpc('updateSchedule', { actor, id, changes: faulty })).rejects.toMatchObject({
      errors: [{ path: 'cron' }, { path: 'timeZone' }],
    });
    const elsewhere = await bed.schedulers.zone();
    await expect(bed.schedulers.rpc('updateSchedule', { actor, id, changes: { task: template(elsewhere) } })).rejects.toMatchObject({
      errors: [{ path: 'task.zone' }],
    });
  });

  it('a change comes after what was due before it, and may begin anew what has ended', async () => {
    // Far from its own due times, so that only the one that is set here has passed.
    const { id } = await bed.create(zone, { cron: '0 0 1 7 *', paused: true });
    await bed.dueSince(id, new Date(Date.now() - 1_000));
    await bed.schedulers.rpc('updateSchedule', { actor, id, changes: { cron: yearly } });
    expect(await bed.fires(id)).toMatchObject([{ state: 'missed', reason: 'the schedule was paused' }]);
    const once = await bed.create(zone, { at: new Date(Date.now() + 30).toISOString() });
    await bed.firesWhen(once.id, 'fired', ([first]) => first?.state === 'fired');
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const again = await bed.schedulers.rpc('updateSchedule', { actor, id: once.id, changes: { at } });
    expect(again).toMatchObject({ status: 'active', nextDueAt: at });
  });

  it('a paused one does not fire; what was due meanwhile is missed, and in the ledger', async () => {
    const { id } = await bed.create(zone, { cron: '* * * * * *' });
    await bed.firesWhen(id, 'a fire', (found) => found.length > 0);
    const paused = await bed.schedulers.rpc('pauseSchedule', { actor, id });
    expect(paused).toMatchObject({ status: 'paused', nextDueAt: null, revision: 2 });
    expect(await bed.schedulers.rpc('pauseSchedule', { actor, id })).toMatchObject({ revision: 2 });
    const before = await bed.firesWhen(id, 'quiet', (found) => found.every(({ state }) => state === 'fired'));
    await bed.dueSince(id, new Date(Math.floor(Date.now() / 1000) * 1000 - 5_000));
    await bed.schedulers.database.query('DELETE FROM fires WHERE schedule_id = ?', [id]);
    const calls = bed.callsOf(id).length;
    expect(calls).toBe(before.length);
    const resumed = await bed.schedulers.rpc('resumeSchedule', { actor, id });
    expect(resumed).toMatchObject({ status: 'active', revision: 3, nextDueAt: expect.any(String) });
    const fires = await bed.firesWhen(id, 'it goes on', (found) => found.some(({ state }) => state === 'fired'));
    await bed.schedulers.rpc('deleteSchedule', { actor, id });
    const missed = fires.filter(({ state }) => state === 'missed');
    expect(missed.length).toBeGreaterThanOrEqual(6);
    expect(new Set(missed.map(({ reason }) => reason))).toEqual(new Set(['the schedule was paused']));
    const times = fires.map(({ dueAt }) => Date.parse(dueAt));
    expect(times).toEqual(times.map((_time, index) => (times[0] ?? 0) + index * 1000));
  });

  it('neither pause nor resume of what has ended', async () => {
    const { id } = await bed.create(zone, { at: new Date(Date.now() + 30).toISOString() });
    await bed.firesWhen(id, 'fired', ([first]) => first?.state === 'fired');
    await expect(bed.schedulers.rpc('pauseSchedule', { actor, id })).rejects.toMatchObject({ code: 'WRONG_STATE' });
    await expect(bed.schedulers.rpc('resumeSchedule', { actor, id })).rejects.toMatchObject({ code: 'WRONG_STATE' });
  });

  it('a task made by hand, of a paused one too, is made before the answer, for whoever asked', async () => {
    const { id } = await bed.create(zone, { paused: true });
    const other = { userId: 'usr_other', username: 'other' };
    const idempotency = { key: 'by hand', scope: 'test', digest: 'd' };
    const fire = await bed.schedulers.rpc('triggerSchedule', { actor: other, id, idempotency });
    expect(fire).toMatchObject({ state: 'fired', trigger: 'manual', scheduleId: id, taskId: expect.any(String) });
    expect(await bed.schedulers.rpc('triggerSchedule', { actor: other, id, idempotency })).toEqual(fire);
    expect(bed.callsOf(id)).toMatchObject([{ actor: other }]);
    expect(await get(id)).toMatchObject({ lastTaskId: fire.taskId, status: 'paused' });
  });

  it('secrets of its callbacks are the same for each task, and shown once', async () => {
    const callbacks = [{ url: 'https://example.test/hook' }];
    const made = await bed.create(zone, { paused: true }, { callbacks });
    const secret = made.task.callbacks[0]?.secret;
    expect(secret).toMatch(/^whsec_/);
    expect((await get(made.id)).task.callbacks).toEqual([{ url: 'https://example.test/hook', on: ['conclusion'] }]);
    for (let count = 0; count < 2; count++) await bed.schedulers.rpc('triggerSchedule', { actor, id: made.id });
    expect(bed.callsOf(made.id).map(({ task }) => task.callbacks[0]?.secret)).toEqual([secret, secret]);
    const task = { ...template(zone), callbacks };
    const changed = await bed.schedulers.rpc('updateSchedule', { actor, id: made.id, changes: { task } });
    expect(changed.task.callbacks[0]?.secret).toBe(secret);
  });

  it('secrets of its callbacks are sealed in the table, also those that were not before this version', async () => {
    const callbacks = [{ url: 'https://example.org/hook', on: ['conclusion' as const] }];
    const made = await bed.create(zone, { paused: true }, { callbacks });
    const { database } = bed.schedulers;
    const read = async (): Promise<string> => {
      const [row] = await database.query<{ task: string }[]>("SELECT CONCAT(task, '') task FROM schedules WHERE id = ?", [made.id]);
      return row?.task ?? '';
    };
    const sealed = await read();
    expect(sealed).toContain('"kb1.test.');
    expect(sealed).not.toContain('whsec_');
    await database.query('UPDATE schedules SET task = ? WHERE id = ?', [JSON.stringify(made.task), made.id]);
    expect(await read()).toContain('whsec_');
    await bed.schedulers.replica(0).get(PlainSecretsStore).onModuleInit();
    expect(await read()).toContain('"kb1.test.');
    expect(await read()).not.toContain('whsec_');
    await bed.schedulers.rpc('triggerSchedule', { actor, id: made.id });
    expect(bed.callsOf(made.id)[0]?.task.callbacks).toEqual(made.task.callbacks);
  }, 30_000);

  it('one that has been due is not due again for the same time, and keeps no other from firing', async () => {
    const at = new Date(Date.now() - 1_000).toISOString();
    const { id } = await bed.create(zone, { at });
    await bed.firesWhen(id, 'its fire', ([fire]) => fire?.state === 'fired');
    const changed = await bed.schedulers.rpc('updateSchedule', { actor, id, changes: { at } });
    expect(changed).toMatchObject({ status: 'ended', nextDueAt: null });
    const other = await bed.create(zone, { at: new Date().toISOString() });
    await bed.firesWhen(other.id, 'the fire of another', ([fire]) => fire?.state === 'fired');
    expect(bed.callsOf(id)).toHaveLength(1);
  });

  it('lists are by zone and state, in pages; a cursor of another list is refused', async () => {
    const own = await bed.schedulers.zone();
    const made: string[] = [];
    for (let count = 0; count < 3; count++) made.push((await bed.create(own, { paused: count === 1 })).id);
    const list = (more: object) => bed.schedulers.rpc('listSchedules', { zone: own, ...more });
    expect((await list({})).items.map(({ id }) => id)).toEqual([...made].reverse());
    expect((await list({ status: 'paused' })).items.map(({ id }) => id)).toEqual([made[1]]);
    const first = await list({ limit: 2 });
    expect((await list({ limit: 2, cursor: first.nextCursor ?? '' })).items.map(({ id }) => id)).toEqual([made[0]]);
    const [id = '', other = ''] = made;
    for (let count = 0; count < 3; count++) await bed.schedulers.rpc('triggerSchedule', { actor, id });
    const fires = (more: object) => bed.schedulers.rpc('listFires', { id, ...more });
    const page = await fires({ limit: 2 });
    const rest = await fires({ limit: 2, cursor: page.nextCursor ?? '' });
    expect([...page.items, ...rest.items].map((fire) => fire.id)).toEqual((await fires({})).items.map((fire) => fire.id));
    expect(rest).toMatchObject({ items: [{ trigger: 'manual' }], nextCursor: null });
    expect((await fires({ state: 'missed' })).items).toEqual([]);
    const refused = { code: 'BAD_REQUEST', errors: [{ path: 'cursor' }] };
    await expect(fires({ cursor: first.nextCursor ?? '' })).rejects.toMatchObject(refused);
    await expect(list({ cursor: page.nextCursor ?? '' })).rejects.toMatchObject(refused);
    await expect(bed.schedulers.rpc('listFires', { id: other, cursor: page.nextCursor ?? '' })).rejects.toMatchObject(refused);
    await expect(list({ zone: 'nowhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('lists show the zones of their reader only', async () => {
    const [a, b, foreign] = [await bed.schedulers.zone(), await bed.schedulers.zone(), await bed.schedulers.zone()];
    const made: string[] = [];
    for (const zone of [a, foreign, b]) made.push((await bed.create(zone, { paused: zone === b })).id);
    const [ofA, , ofB] = made;
    const list = async (request: object) => (await bed.schedulers.rpc('listSchedules', request)).items.map(({ id }) => id);
    expect(await list({ scope: [a, b] })).toEqual([ofB, ofA]);
    expect(await list({ scope: [a, b], status: 'paused' })).toEqual([ofB]);
    const { nextCursor } = await bed.schedulers.rpc('listSchedules', { scope: [a, b], limit: 1 });
    expect(await list({ scope: [a, b], cursor: nextCursor })).toEqual([ofA]);
    expect(await list({ scope: [a, b], zone: a })).toEqual([ofA]);
    expect(await list({ scope: [a], zone: b })).toEqual([]);
    expect(await list({ scope: [] })).toEqual([]);
  });

  it('a deleted one is gone with its ledger; so are those of a deleted zone', async () => {
    const own = await bed.schedulers.zone();
    const [{ id }, other] = [await bed.create(own), await bed.create(own)];
    await bed.schedulers.rpc('triggerSchedule', { actor, id });
    await expect(bed.schedulers.rpc('deleteSchedule', { actor, id, ifRevision: 7 })).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    await bed.schedulers.rpc('deleteSchedule', { actor, id, ifRevision: 1 });
    await bed.event('schedule.deleted', id);
    await bed.schedulers.rpc('deleteZone', { actor, zone: own, force: true });
    expect((await bed.event('schedule.deleted', other.id)).data).toMatchObject({ zoneDeleted: true });
    for (const gone of [id, other.id]) {
      await expect(get(gone)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(bed.schedulers.rpc('listFires', { id: gone })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await bed.schedulers.database.query('SELECT id FROM fires WHERE schedule_id = ?', [gone])).toEqual([]);
    }
  });
});
