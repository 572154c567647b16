import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@klevr/platform/clock';
import { KeptLog } from '../kept-log.fixture.js';
import { groupRuns, groupLives, parseStat, recordGroup, signalGroup } from './process-group.js';
import { GroupRecords, readGroups } from './group-records.js';
import { endLeftOver } from './left-over.js';
import { RunFolder } from './run-folder.js';

const mark = 'KLEVR_RUN_ID=run_of_this_test';
const sleeper = (): { pid: number; exited: Promise<unknown> } => {
  const child = spawn('/bin/sh', ['-c', 'sleep 1000 & wait'], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: '/bin:/usr/bin', KLEVR_RUN_ID: 'run_of_this_test' },
  });
  return { pid: child.pid ?? 0, exited: new Promise((resolve) => child.once('exit', resolve)) };
};

describe('a process group of an earlier life', () => {
  let folder: string;
  let groups: GroupRecords;
  const clock = new SystemClock();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-groups-'));
    groups = new GroupRecords(join(folder, 'groups'));
  });
  afterEach(async () => {
    groups.close();
    await rm(folder, { recursive: true });
  });

  it('is read from the status whatever the name of the program', () => {
    const stat = '77 (a) ) R 9) S 1 77 77 0 -1 4194560 113 0 0 0 0 0 0 0 20 0 1 0 12345 2465792 199';
    expect(parseStat(stat)).toEqual({ state: 'S', group: 77, session: 77, startTicks: '12345' });
    expect(parseStat('')).toBeUndefined();
  });

  it('is ended, and all that is left of its run', async () => {
    const { pid, exited } = sleeper();
    RunFolder.make(folder, 'run_of.1').write('left', 'x');
    groups.started(pid, mark);
    await endLeftOver(folder, new KeptLog(), clock);
    await exited;
    while (groupRuns(pid)) await new Promise((resolve) => setImmediate(resolve));
    expect(await readdir(folder)).toEqual([]);
  });

  it('is ended by its mark where nobody knows its number', async () => {
    const { pid, exited } = sleeper();
    RunFolder.make(folder, 'run_of_this_test.1');
    await endLeftOver(folder, new KeptLog(), clock);
    await exited;
    expect(groupRuns(pid)).toBe(false);
  });

  it('is left alone where its number means another one now', async () => {
    const { pid, exited } = sleeper();
    const record = recordGroup(pid, mark);
    expect(groupLives(record)).toBe(true);
    expect(groupLives({ ...record, startTicks: '1' })).toBe(false);
    expect(groupLives({ ...record, bootId: 'an earlier boot' })).toBe(false);
    await writeFile(join(folder, 'groups'), `${JSON.stringify({ ...record, startTicks: '1' })}\n`);
    await endLeftOver(folder, new KeptLog(), clock);
    expect(groupRuns(pid)).toBe(true);
    signalGroup(pid, 'SIGKILL');
    await exited;
  });

  it('that cannot be read is passed over', async () => {
    await writeFile(join(folder, 'groups'), 'nonsense\n{"pid": 1');
    await endLeftOver(folder, new KeptLog(), clock);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is in a file that stays small, with all that run', async () => {
    for (let round = 0; round < 2_000; round += 1) {
      groups.started(process.pid + round, mark);
      if (round !== 7) groups.ended(process.pid + round);
    }
    const known = readGroups(join(folder, 'groups')).map(({ pid }) => pid);
    expect(known.length).toBeLessThan(1_000);
    expect(known).toContain(process.pid + 7);
    expect(known.at(-1)).toBe(process.pid + 1_999);
  });
});
