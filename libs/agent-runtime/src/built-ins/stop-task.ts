import { orAborted, type BuiltIn, type OtherRuns } from './built-in.js';

/** Answers when they have ended, so that whoever comes next finds nothing of them. */
export const stopTask = (runs: () => OtherRuns): BuiltIn<'StopTask'> => ({
  instant: false,
  run: async (parameters, context) => {
    const meant = runs()
      .others(context)
      .filter(({ command }) => ('taskId' in parameters ? command.taskId === parameters.taskId : command.runId === parameters.runId));
    for (const { execution } of meant) execution.stop('stoppedByTask', `stopped by the task "${context.taskName}"`);
    await orAborted(Promise.all(meant.map(({ ended }) => ended)), context.signal);
    return { stopped: meant.map(({ command }) => command.runId) };
  },
});
