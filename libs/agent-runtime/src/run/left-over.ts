import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { endProcesses } from './process-end.js';
import { groupLives, signalGroup } from './process-group.js';
import { readGroups } from './group-records.js';

/**
 * What an earlier life of the agent left of its attempts.
 * Promises: when it resolves, the groups that ran then are gone, and so is everything that carries the mark of one of those attempts in its environment,
 * whatever group or session it is in; and so are the folders. Does not: give anybody a grace; nobody is there any more to hear what it would say.
 */
export const groupsFile = 'groups';

export const endLeftOver = async (root: string, log: Log, clock: Pick<Clock, 'setTimer'>): Promise<void> => {
  for (const group of readGroups(join(root, groupsFile))) {
    if (groupLives(group) && signalGroup(group.pid, 'SIGKILL')) {
      log.warn({ run: group.mark, pid: group.pid }, 'process group of an earlier life ended');
    }
  }
  const names = await readdir(root);
  const marks = names.flatMap((name) => (/^run_\w+\.\d+$/.test(name) ? [runMark(name.slice(0, name.indexOf('.')))] : []));
  if (marks.length > 0) await endProcesses({ matches: ({ carries }) => marks.some(carries), clock, graceMs: 0 });
  for (const name of names) await rm(join(root, name), { recursive: true, force: true });
};

/** By this variable a process is known as one of a run. */
export const runMark = (runId: string): string => `KLEVR_RUN_ID=${runId}`;
