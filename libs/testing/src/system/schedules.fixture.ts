import { setTimeout as pause } from 'node:timers/promises';
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

  /** `leadSeconds`: until the first due time, by which all of them must have been made. */
  static async make(
    system: KlevrSystem,
    { schedules, seconds, leadSeconds = 4 }: { schedules: number; seconds: number; leadSeconds?: number },
  ): Promise<EverySecond> {
    const startMs = (Math.floor(Date.now() / secondMs) + leadSeconds) * secondMs;
    const body = (number: number) => ({
      ...{ name: `each second ${number}`, cron: '* * * * * *', overlap: 'queue', misfireAfterSeconds: 3_600 },
      ...{ start: new Date(startMs).toISOString(), until: new Date(startMs + (seconds - 1) * secondMs).toISOString() },
      task: { name: `tick ${number}`, zone: system.zone, target: { any: '' }, steps: [{ name: 'tick', use: 'Noop' }] },
    });
    const numbers = Array.from({ length: schedules }, (_, index) => index);
    const made = await Promise.all(numbers.map((number) => system.api.post<Schedule>('/schedules', body(number))));
    if (Date.now() >= startMs)
      throw new Error(`the schedules could not be made in ${leadSeconds} s: nobody can expect their first due times`);
    return new EverySecond(system, made, startMs, seconds);
  }

  /** Kills replicas until the last due time has come; each is started again soon. All of them may be away at once. */
  async killAtRandom(replicas: readonly string[], everyMs: () => number): Promise<number> {
    const endMs = this.startMs + this.seconds * secondMs;
    const living = new Set(replicas);
    const starting: Promise<void>[] = [];
    const failed: unknown[] = [];
    let kills = 0;
    while (Date.now() < endMs) {
      await pause(Math.min(everyMs(), Math.max(0, endMs - Date.now())));
      const victim = [...living][Math.floor(Math.random() * living.size)];
      if (victim === undefined) continue;
      living.delete(victim);
      await this.system.signal(victim, 'SIGKILL');
      kills++;
      const started = this.system.startAgain(victim);
      // One that fails while others are still being killed is told at the end.
      starting.push(started.then(() => void living.add(victim)).catch((cause: unknown) => void failed.push(cause)));
    }
    await Promise.all(starting);
    if (failed.length > 0) throw new AggregateError(failed, 'replicas could not be started again');
    return kills;
  }

  /** What is lost or doubled, by the ledger and by the tasks that there are; should be nothing. */
  async faults(timeoutMs: number): Promise<string[]> {
    const expected = Array.from({ length: this.seconds }, (_, index) => new Date(this.startMs + index * secondMs).toISOString());
    const faults: string[] = [];
    for (const { id, name } of this.schedules) {
      const fires = await eventually(`all fires of ${name}`, timeoutMs, async () => {
        const found = await this.all<Fire>(`/schedules/${id}/fires`);
        return found.length >= expected.length && found.every(({ state }) => state !== 'due') ? found : undefined;
      });
      const taskIds = (await this.all<Task>(`/tasks?schedule=${id}`)).map((task) => task.id);
      for (const dueAt of expected) {
        const its = fires.filter((fire) => fire.dueAt === dueAt);
        if (its.length !== 1 || its[0]?.state !== 'fired') faults.push(`${name} of ${dueAt}: ${JSON.stringify(its)}`);
      }
      const made = new Set(fires.map(({ taskId }) => taskId));
      if (fires.length !== expected.length || made.size !== fires.length) faults.push(`${name}: ${fires.length} fires, ${made.size} tasks`);
      for (const taskId of taskIds) if (!made.delete(taskId)) faults.push(`${name}: ${taskId} is of no fire`);
      for (const taskId of made) faults.push(`${name}: ${taskId} is not there`);
    }
    return faults;
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
