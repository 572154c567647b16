import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@klevr/platform/clock';
import { KeptLog } from '../kept-log.fixture.js';
import { groupRuns, groupLives, parseStat, recordGroup, signalGroup } from './process-group.js';
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
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-groups-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is read from the status whatever the name of the program', () => {
    const stat = '77 (a) ) R 9) S 1 77 77 0 -1 4194560 113 0 0 0 0 0 0 0 20 0 1 0 12345 2465792 199';
    expect(parseStat(stat)).toEqual({ state: 'S', group: 77, session: 77, startTicks: '12345' });
    expect(parseStat('')).toBeUndefined();
  });

  it('is ended with its folder', async () => {
    const { pid, exited } = sleeper();
    const run = RunFolder.make(folder, 'run.1');
    run.recordGroup(pid, mark);
    await endLeftOver(folder, new KeptLog(), new SystemClock());
    await exited;
    while (groupRuns(pid)) await new Promise((resolve) => setImmediate(resolve));
    expect(await readdir(folder)).toEqual([]);
  });

  it('is left alone where its number means another one now', async () => {
    const { pid, exited } = sleeper();
    const record = recordGroup(pid, mark);
    expect(groupLives(record)).toBe(true);
    expect(groupLives({ ...record, startTicks: '1' })).toBe(false);
    expect(groupLives({ ...record, bootId: 'an earlier boot' })).toBe(false);
    await mkdir(join(folder, 'run.1'));
    await writeFile(join(folder, 'run.1', 'group.json'), JSON.stringify({ ...record, startTicks: '1' }));
    await endLeftOver(folder, new KeptLog(), new SystemClock());
    expect(groupRuns(pid)).toBe(true);
    signalGroup(pid, 'SIGKILL');
    await exited;
  });

  it('that cannot be read is passed over', async () => {
    await mkdir(join(folder, 'run.1'));
    await writeFile(join(folder, 'run.1', 'group.json'), '{"pid": 1');
    await endLeftOver(folder, new KeptLog(), new SystemClock());
    expect(await readdir(folder)).toEqual([]);
  });
});
