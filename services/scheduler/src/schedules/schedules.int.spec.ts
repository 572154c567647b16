import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { actor } from '../scheduler.fixture.js';
import { ScheduleBed } from './schedules.fixture.js';

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const minuteMs = 60_000;

describe('a schedule', () => {
  let bed: ScheduleBed;
  let zone: string;
  beforeAll(async () => {
    bed = await ScheduleBed.open();
    zone = await bed.schedulers.zone();
  }, 60_000);
  afterEach(() => {
    bed.answer = (asked) => bed.made(asked);
    bed.answerAfterMs = 0;
  });
  afterAll(() => bed.close(), 90_000);

  it('fires at its time, once, and then ends', async () => {
    const at = inMs(400);
    const { id, nextDueAt, status } = await bed.create(zone, { at });
    expect({ nextDueAt, status }).toEqual({ nextDueAt: at, status: 'active' });
    const [fire] = await bed.firesWhen(id, 'the fire', ([first]) => first?.state === 'fired');
    expect(fire).toMatchObject({ dueAt: at, trigger: 'schedule', reason: null, taskId: expect.stringMatching(/^task_/) });
    const [call, ...others] = bed.callsOf(id);
    expect(others).toEqual([]);
    expect((call?.atMs ?? 0) - Date.parse(at)).toBeGreaterThanOrEqual(0);
    expect((call?.atMs ?? 0) - Date.parse(at)).toBeLessThan(250);
    expect(call).toMatchObject({ actor, fireId: fire?.id, overlap: 'skip', feedResult: false, task: { zone } });
    expect(await bed.schedulers.rpc('getSchedule', { id })).toMatchObject({ status: 'ended', nextDueAt: null, lastTaskId: fire?.taskId });
    expect((await bed.event('schedule.fired', id)).data).toMatchObject({ fireId: fire?.id, dueAt: at, taskId: fire?.taskId });
  });

  it('of each second fires in each second, by two replicas, never twice', async () => {
    const { id } = await bed.create(zone, { cron: '* * * * * *' });
    const fires = await bed.firesWhen(id, 'three fires', (found) => found.filter(({ state }) => state === 'fired').length >= 3);
    await bed.schedulers.rpc('deleteSchedule', { actor, id });
    const times = fires.map(({ dueAt }) => Date.parse(dueAt));
    expect(times).toEqual(times.map((_time, index) => (times[0] ?? 0) + index * 1000));
    expect(new Set(bed.callsOf(id).map(({ fireId }) => fireId)).size).toBe(bed.callsOf(id).length);
  });

  it('makes a first task at once where it is asked to, even while paused', async () => {
    const { id, nextDueAt } = await bed.create(zone, { runAtOnce: true, paused: true, feedResult: true, overlap: 'queue' });
    expect(nextDueAt).toBeNull();
    const fires = await bed.firesWhen(id, 'the fire', ([first]) => first?.state === 'fired');
    expect(fires).toMatchObject([{ trigger: 'atOnce', taskId: expect.any(String) }]);
    expect(bed.callsOf(id)).toMatchObject([{ feedResult: true, overlap: 'queue' }]);
  });

  it('tells a task that was left out, and one that was refused for good, with the reason', async () => {
    bed.answer = () => ({ data: { outcome: 'skipped', taskId: null, reason: 'task_1 is still running' } });
    const left = await bed.create(zone, { at: inMs(50) });
    expect(await bed.firesWhen(left.id, 'the fire', ([first]) => first?.state === 'skipped')).toMatchObject([
      { reason: 'task_1 is still running', firedAt: null, taskId: null },
    ]);
    expect((await bed.event('schedule.skipped', left.id)).data).toMatchObject({ reason: 'task_1 is still running' });
    bed.answer = () => ({ error: { code: 'NO_TARGET', message: 'The target matches no agent' } });
    const refused = await bed.create(zone, { at: inMs(50) });
    expect(await bed.firesWhen(refused.id, 'the fire', ([first]) => first?.state === 'failed')).toMatchObject([
      { reason: 'NO_TARGET: The target matches no agent', firedAt: null },
    ]);
    expect((await bed.event('schedule.missed', refused.id)).data).toMatchObject({ state: 'failed' });
  });

  it('keeps its fires, in order, while the task-manager is away, and makes each task when it is back', async () => {
    await bed.taskManagerComes();
    const { id } = await bed.create(zone, { paused: true });
    await bed.taskManagerGoes();
    bed.answer = () => ({ error: { code: 'UNAVAILABLE', message: 'The scheduler is away' } });
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      const fire = await bed.schedulers.rpc('triggerSchedule', { actor, id });
      expect(fire).toMatchObject({ state: 'due', trigger: 'manual', taskId: null });
      ids.push(fire.id);
    }
    expect((await bed.fires(id))[0]?.reason).toContain('tried again');
    bed.answer = (asked) => bed.made(asked);
    const before = bed.calls.length;
    const fires = await bed.firesWhen(id, 'all fired', (found) => found.every(({ state }) => state === 'fired'), 15_000);
    expect(fires.map((fire) => fire.id)).toEqual(ids);
    expect(bed.calls.slice(before).map(({ fireId }) => fireId)).toEqual(ids);
  }, 20_000);

  it('is not due again while a fire of it is open: what was asked for before comes first', async () => {
    bed.answer = () => ({ error: { code: 'UNAVAILABLE', message: 'away' } });
    const { id } = await bed.create(zone, { cron: '* * * * * *' });
    const [open] = await bed.firesWhen(id, 'a fire', (found) => found.length === 1);
    const byHand: string[] = [];
    for (let count = 0; count < 5; count++) byHand.push((await bed.schedulers.rpc('triggerSchedule', { actor, id })).id);
    expect((await bed.fires(id)).filter(({ trigger }) => trigger === 'schedule')).toHaveLength(1);
    const toBeTaken = "SELECT id FROM fires WHERE schedule_id = ? AND state = 'due' AND take_up_at IS NOT NULL";
    expect(await bed.schedulers.database.query(toBeTaken, [id])).toEqual([{ id: open?.id }]);
    const before = bed.calls.length;
    bed.answerAfterMs = 150;
    bed.answer = (asked) => bed.made(asked);
    await bed.firesWhen(id, 'the first', ([first]) => first?.state === 'fired', 10_000);
    // Wakes every replica while the others are made.
    await bed.create(zone, { paused: true });
    await bed.firesWhen(
      id,
      'it goes on',
      (found) => found.filter(({ trigger, state }) => trigger === 'schedule' && state === 'fired').length > 2,
      15_000,
    );
    await bed.schedulers.rpc('deleteSchedule', { actor, id });
    const made = bed.calls.slice(before).flatMap(({ scheduleId, fireId }) => (scheduleId === id ? [fireId] : []));
    expect(made.slice(0, 6)).toEqual([open?.id, ...byHand]);
  }, 20_000);

  it('goes on with the fire of a replica that died, by the same id', async () => {
    const { id } = await bed.create(zone, { paused: true });
    // Nobody answers: the fire stays with a replica that seems to be dead when its lease is over.
    bed.answer = () => undefined;
    const asked = bed.schedulers.rpc('triggerSchedule', { actor, id }).catch(() => undefined);
    const [open] = await bed.firesWhen(id, 'the fire', (found) => found.length === 1);
    await bed.firesWhen(id, 'the call', () => bed.callsOf(id).length === 1);
    bed.answer = (call) => bed.made(call);
    await bed.schedulers.database.query('UPDATE fires SET take_up_at = NOW(3) WHERE id = ?', [open?.id]);
    await bed.create(zone, { paused: true });
    const fires = await bed.firesWhen(id, 'fired', ([first]) => first?.state === 'fired');
    expect(fires).toHaveLength(1);
    expect(new Set(bed.callsOf(id).map(({ fireId }) => fireId))).toEqual(new Set([open?.id]));
    await asked;
    expect(await bed.fires(id)).toMatchObject([{ state: 'fired', taskId: fires[0]?.taskId }]);
  }, 20_000);

  it.each([
    ['skip', 0],
    ['runOnce', 1],
    ['runAll', 3],
  ] as const)('with %s after a time without schedulers', async (misfire, madeUp) => {
    const { id } = await bed.create(zone, { cron: '* * * * *', misfire, misfireLimit: 3, paused: true });
    await bed.schedulers.database.query("UPDATE schedules SET status = 'active', next_due_at = ? WHERE id = ?", [
      new Date(Math.floor(Date.now() / minuteMs) * minuteMs - 10 * minuteMs),
      id,
    ]);
    await bed.create(zone, { paused: true });
    const fires = await bed.firesWhen(id, 'the ledger', (found) => found.length >= 10 && found.every(({ state }) => state !== 'due'));
    await bed.schedulers.rpc('deleteSchedule', { actor, id });
    const late = fires.filter(({ reason }) => reason?.includes('60 s'));
    expect(late.length).toBeGreaterThanOrEqual(9);
    expect(fires.slice(0, late.length)).toEqual(late);
    const states = late.map(({ state, reason }) => `${state}${reason?.includes('made up for') === true ? ', made up for' : ''}`);
    const missed = late.length - madeUp;
    expect(states).toEqual([...Array<string>(missed).fill('missed'), ...Array<string>(madeUp).fill('fired, made up for')]);
    const { data } = await bed.event('schedule.missed', id);
    expect(data).toMatchObject({ state: 'missed', fires: missed, firstDueAt: late[0]?.dueAt, lastDueAt: late[missed - 1]?.dueAt });
  });

  it('is one of a thousand that are due at once: each is fired once', async () => {
    const { id } = await bed.create(zone, { paused: true });
    const at = new Date(Date.now() + 1_000);
    const copies = `INSERT INTO schedules (id, zone_id, name, task, at, time_zone, misfire, misfire_limit, misfire_after_seconds, overlap,
        feed_result, status, next_due_at, revision, created_by, created_by_id, created_at)
      SELECT CONCAT('sch_01JBZ6V1GQ', LPAD(seq, 16, '0')), zone_id, name, task, ?, time_zone, misfire, misfire_limit, misfire_after_seconds,
        overlap, feed_result, 'active', ?, 1, created_by, created_by_id, created_at FROM schedules JOIN seq_1_to_1000 WHERE id = ?`;
    const before = bed.calls.length;
    await bed.schedulers.database.query(copies, [at, at, id]);
    await bed.create(zone, { paused: true });
    const sql =
      "SELECT COUNT(*) number, COUNT(DISTINCT schedule_id) each_once FROM fires WHERE schedule_id LIKE 'sch_01JBZ6V1GQ%' AND state = 'fired'";
    let counted: { number: unknown; each_once: unknown } | undefined;
    await bed.firesWhen(id, 'a thousand', () => bed.calls.length >= before + 1_000, 30_000);
    for (let round = 0; round < 100 && Number(counted?.number) !== 1_000; round++) {
      [counted] = await bed.schedulers.database.query<{ number: unknown; each_once: unknown }[]>(sql);
    }
    expect([Number(counted?.number), Number(counted?.each_once)]).toEqual([1_000, 1_000]);
    expect(new Set(bed.calls.slice(before).map(({ fireId }) => fireId)).size).toBe(1_000);
  }, 60_000);
});
