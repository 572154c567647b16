/** Said of an attempt without a time-out that ended with its agent. */
export const longWorkHint =
  'a run does not survive the end of its agent: work that has to go on after a restart needs the execution `atLeastOnce`, or `resumable` to go on with its next step';
