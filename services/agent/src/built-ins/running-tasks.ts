import type { Runs } from '../run/runs.js';
import type { BuiltIn } from './built-in.js';

export const runningTasks = (runs: () => Pick<Runs, 'others'>): BuiltIn<'GetAgentsRunningTasks'> => ({
  instant: true,
  run: (_, context) =>
    runs()
      .others(context)
      .map(({ command: { taskId, taskName, runId, attempt }, step, startedAtMs }) => ({
        ...{ taskId, taskName, runId, attempt, step },
        startedAt: new Date(startedAtMs).toISOString(),
      })),
});
