import { readFileSync } from 'node:fs';

/** Whether a process runs: what has ended and only waits to be collected by its new parent does not. */
export const processRuns = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const afterName = stat.lastIndexOf(')') + 2;
    return !['Z', 'X'].includes(stat.slice(afterName, afterName + 1));
  } catch {
    return false;
  }
};
