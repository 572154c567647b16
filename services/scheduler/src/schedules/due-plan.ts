import { dueTimesOf, type DueTimes, type Timing } from './due-times.js';

/**
 * What becomes of the due times of a schedule that have come.
 * Promises: each due time is planned once: as one to fire, as a missed one, or among the many that one missed row stands for. What is planned is before
 * `nextDueAtMs`, what is not comes with the next plan. Bounded: at most `mostRows` rows a plan, however long nobody was there.
 * Does not: look at the clock. The same input gives the same plan, so that any replica may make it.
 */
export interface DueSchedule extends Timing {
  readonly nextDueAtMs: number;
  readonly misfire: 'skip' | 'runOnce' | 'runAll';
  readonly misfireLimit: number;
  readonly misfireAfterSeconds: number;
}

export interface PlannedFire {
  readonly dueAtMs: number;
  readonly state: 'due' | 'missed';
  readonly reason: string | null;
}

export interface DuePlan {
  /** By due time. */
  readonly fires: readonly PlannedFire[];
  readonly nextDueAtMs: number | null;
}

export const mostRows = 1_000;
/** Of those that are due in time: the others follow when these have their tasks. */
const mostAtOnce = 100;
/** Counting further would keep the process from its other work. */
const mostCounted = 2_000;

export const planDue = (schedule: DueSchedule, nowMs: number): DuePlan => {
  const lateBefore = nowMs - schedule.misfireAfterSeconds * 1000;
  const times = dueTimesOf(schedule);
  if (schedule.nextDueAtMs >= lateBefore) return planInTime(times, schedule.nextDueAtMs, nowMs);
  const late = latest(times, schedule.nextDueAtMs, lateBefore);
  const madeUp = { skip: 0, runOnce: 1, runAll: schedule.misfireLimit }[schedule.misfire];
  const firstMadeUp = late.times.length - madeUp;
  const fires = late.times.map((dueAtMs, index): PlannedFire => {
    const behind = `no task was made within ${schedule.misfireAfterSeconds} s of its time`;
    return index < firstMadeUp ? { dueAtMs, state: 'missed', reason: behind } : { dueAtMs, state: 'due', reason: `made up for: ${behind}` };
  });
  return planned([...late.summary, ...fires], times);
};

/** Everything until now counts as missed, and nothing is made up for. */
export const planMissed = (schedule: DueSchedule, nowMs: number, reason: string): DuePlan => {
  const times = dueTimesOf(schedule);
  if (schedule.nextDueAtMs > nowMs) return { fires: [], nextDueAtMs: schedule.nextDueAtMs };
  const { summary, times: missed } = latest(times, schedule.nextDueAtMs, nowMs + 1);
  const fires = missed.map((dueAtMs): PlannedFire => ({ dueAtMs, state: 'missed', reason }));
  return planned([...summary, ...fires], times);
};

const planned = (fires: PlannedFire[], times: DueTimes): DuePlan => ({ fires, nextDueAtMs: times.next(fires.at(-1)?.dueAtMs ?? Infinity) });

const planInTime = (times: DueTimes, first: number, nowMs: number): DuePlan => {
  const fires: PlannedFire[] = [];
  let next: number | null = first;
  for (; next !== null && next <= nowMs && fires.length < mostAtOnce; next = times.next(next)) {
    fires.push({ dueAtMs: next, state: 'due', reason: null });
  }
  return { fires, nextDueAtMs: next };
};

/** The last ones from `first` (which has been announced, whatever the time zone data of today says) until `before`, by time; where they are too many, a row that stands for those in front of them. */
const latest = (times: DueTimes, first: number, before: number): { times: number[]; summary: PlannedFire[] } => {
  const found: number[] = [];
  let at: number | null = times.previous(before);
  for (; at !== null && at >= first && found.length < mostRows - 1; at = times.previous(at)) found.unshift(at);
  if (at === null || at < first) return { times: found[0] === first ? found : [first, ...found], summary: [] };
  let count = 0;
  for (let each: number | null = first; each !== null && each <= at && count <= mostCounted; each = times.next(each)) count++;
  const many = count > mostCounted ? `more than ${mostCounted}` : String(count);
  const reason = `missed; this row stands for ${many} due times until ${new Date(at).toISOString()}`;
  return { times: found, summary: [{ dueAtMs: first, state: 'missed', reason }] };
};
