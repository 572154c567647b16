import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { Fire, Schedule } from '@klevr/contracts/schedule';
import type { Task } from '@klevr/contracts/task';
import { eventually } from '../eventually.js';
import type { KlevrSystem } from '../klevr-system.js';

const secondMs = 1_000;

/** Schedules of each second in a given time, and what must come of them: each due time once, with one task, whoever is killed meanwhile. */
export class EverySecond {
  private constructor(
    private readonly system: KlevrSystem,
    private readonly schedules: readonly Schedule[],
    private readonly startMs: number,
    private readonly seconds: number,
  ) {}

  static async make(system: KlevrSystem, { schedules, seconds }: { schedules: number; seconds: number }): Promise<EverySecond> {
    // Time enough to make them all, so that no one misses the beginning.
    const startMs = (Math.floor(Date.now() / secondMs) + 3 + Math.ceil(schedules / 20)) * secondMs;
    const body = (number: number) => ({
      ...{ name: `each second ${number}`, cron: '* * * * * *', overlap: 'queue', misfireAfterSeconds: 3_600 },
      ...{ start: new Date(startMs).toISOString(), until: new Date(startMs + (seconds - 1) * secondMs).toISOString() },
      task: { name: `tick ${number}`, zone: system.zone, target: { any: '' }, steps: [{ name: 'tick', use: 'Noop' }] },
    });
    const numbers = Array.from({ length: schedules }, (_, index) => index);
    const made = await Promise.all(numbers.map((number) => system.api.post<Schedule>('/schedules', body(number))));
    return new EverySecond(system, made, startMs, seconds);
  }

  /** Kills one replica after the other, each started again before the next, until the last due time has come. */
  async killAtRandom(replicas: readonly string[], everyMs: () => number): Promise<number> {
    const endMs = this.startMs + this.seconds * secondMs;
    let kills = 0;
    while (Date.now() < endMs) {
      await pause(Math.min(everyMs(), Math.max(0, endMs - Date.now())));
      const victim = replicas[Math.floor(Math.random() * replicas.length)] ?? '';
      await this.system.signal(victim, 'SIGKILL');
      kills++;
      await pause(Math.random() * 500);
      await this.system.startAgain(victim);
    }
    return kills;
  }

  /** None is lost, none is doubled: by the ledger, and by the tasks that there are. */
  async expectEachOnce(timeoutMs: number): Promise<void> {
    const expected = Array.from({ length: this.seconds }, (_, index) => new Date(this.startMs + index * secondMs).toISOString());
    for (const { id, name } of this.schedules) {
      const fires = await eventually(`all fires of ${name}`, timeoutMs, async () => {
        const found = await this.all<Fire>(`/schedules/${id}/fires`);
        return found.length >= expected.length && found.every(({ state }) => state !== 'due') ? found.reverse() : undefined;
      });
      expect(fires.map(({ dueAt, state }) => `${dueAt} ${state}`)).toEqual(expected.map((dueAt) => `${dueAt} fired`));
      const tasks = await this.all<Task>(`/tasks?schedule=${id}`);
      expect(tasks.map((task) => task.id).sort()).toEqual(fires.map(({ taskId }) => taskId).sort());
    }
  }

  /** How late the tasks were made, in milliseconds, the earliest first. */
  async lateness(): Promise<number[]> {
    const all = await Promise.all(this.schedules.map(({ id }) => this.all<Fire>(`/schedules/${id}/fires`)));
    return all
      .flat()
      .map(({ dueAt, firedAt }) => Date.parse(firedAt ?? '') - Date.parse(dueAt))
      .sort((a, b) => a - b);
  }

  private async all<T>(path: string): Promise<T[]> {
    const found: T[] = [];
    const separator = path.includes('?') ? '&' : '?';
    let cursor: string | null = '';
    while (cursor !== null) {
      const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: { items: T[]; nextCursor: string | null } = await this.system.api.get(`${path}${separator}limit=200${after}`);
      found.push(...page.items);
      cursor = page.nextCursor;
    }
    return found;
  }
}
