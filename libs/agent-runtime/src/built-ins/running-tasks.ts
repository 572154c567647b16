import type { BuiltIn, OtherRuns } from './built-in.js';

export const runningTasks = (runs: () => OtherRuns): BuiltIn<'GetAgentsRunningTasks'> => ({
  instant: true,
  run: (_, context) =>
    runs()
      .others(context)
      .map(({ command: { taskId, taskName, runId, attempt }, step, startedAtMs }) => ({
        ...{ taskId, taskName, runId, attempt, step },
        startedAt: new Date(startedAtMs).toISOString(),
      })),
});
