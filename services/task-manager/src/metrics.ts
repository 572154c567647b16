import { Counter, Histogram } from 'prom-client';

/** What this service counts; the outbox backlog is counted by its relay. */
export const tasksCreated = new Counter({ name: 'klevr_tasks_created_total', help: 'Tasks that were committed' });

export const runsEnded = new Counter({ name: 'klevr_runs_ended_total', help: 'Runs by how they ended', labelNames: ['status'] });

export const factsStored = new Counter({
  name: 'klevr_facts_total',
  help: 'Facts by lane and by what became of them: stored, duplicate, refused',
  labelNames: ['lane', 'result'],
});

export const commandsSent = new Counter({
  name: 'klevr_commands_sent_total',
  help: 'Signed commands by the way they took: primary, straight',
  labelNames: ['way'],
});

export const dispatchSeconds = new Histogram({
  name: 'klevr_dispatch_seconds',
  help: "From the making of a run to its first command's leaving",
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 60],
});

export const startSeconds = new Histogram({
  name: 'klevr_run_start_seconds',
  help: "From the making of a run to the storing of its agent's acceptance",
  buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 60],
});

export const rowsForgotten = new Counter({
  name: 'klevr_rows_forgotten_total',
  help: 'Rows that were deleted for their age, by table',
  labelNames: ['table'],
});

export const callbackAttempts = new Counter({
  name: 'klevr_callback_attempts_total',
  help: 'Tries to deliver a callback by outcome: delivered, retry, failed',
  labelNames: ['outcome'],
});
