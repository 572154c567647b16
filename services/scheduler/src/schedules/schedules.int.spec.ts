import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actor } from '../scheduler.fixture.js';
import { ScheduleBed } from './schedules.fixture.js';

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

describe('a schedule', () => {
  let bed: ScheduleBed;
  let zone: string;
  beforeAll(async () => {
    bed = await ScheduleBed.open();
    zone = await bed.schedulers.zone();
  }, 60_000);
  afterAll(() => bed.close(), 30_000);

  it('fires at its time, once, and then ends', async () => {
    const at = inMs(400);
    const { id, nextDueAt, status } = await bed.create(zone, { at });
    expect({ nextDueAt, status }).toEqual({ nextDueAt: at, status: 'active' });
    const [fire] = await bed.firesWhen(id, 'the fire', ([first]) => first?.state === 'fired');
    expect(fire).toMatchObject({ dueAt: at, trigger: 'schedule', reason: null, taskId: expect.stringMatching(/^task_/) });
    const [call, ...others] = bed.callsOf(id);
    expect(others).toEqual([]);
    expect((call?.atMs ?? 0) - Date.parse(at)).toBeGreaterThanOrEqual(0);
    expect((call?.atMs ?? 0) - Date.parse(at)).toBeLessThan(200);
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
});
