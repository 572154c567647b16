import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { SystemClock } from '@klevr/platform/clock';
import { KeptLog } from '../kept-log.fixture.js';
import { runMark } from '../run/left-over.js';
import { recordGroup } from '../run/process-group.js';
import { LeaseGuard } from './lease-guard.js';

const clock = new SystemClock();

describe('the guard of leases', () => {
  let folder: string;
  let guard: LeaseGuard;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-guard-'));
    const options = { folder: join(folder, 'leases'), groupsFile: join(folder, 'groups'), path: process.env['PATH'] ?? '' };
    guard = new LeaseGuard({ ...options, clock, log: new KeptLog() });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  /** A process of its own group, as an attempt's script is. */
  const runs = (runId: string): { pid: number; ended: Promise<NodeJS.Signals | null> } => {
    const child = spawn('/bin/sh', ['-c', "trap '' TERM; sleep 60 & wait; sleep 60"], { detached: true, stdio: 'ignore' });
    children.push(child);
    appendFileSync(join(folder, 'groups'), `${JSON.stringify(recordGroup(child.pid ?? 0, runMark(runId)))}\n`);
    return { pid: child.pid ?? 0, ended: new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal))) };
  };
  const stillRuns = (pid: number): boolean => !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

  it('kills the present group of an attempt whose time is over, and no other', async () => {
    const [over, held] = [newId('run'), newId('run')];
    const before = runs(over);
    const [present, other] = [runs(over), runs(held)];
    guard.set(`${held}.1`, clock.uptimeSeconds() + 600);
    guard.set(`${over}.1`, clock.uptimeSeconds() - 1);
    expect(await present.ended).toBe('SIGKILL');
    expect([stillRuns(before.pid), stillRuns(other.pid)]).toEqual([true, true]);
    guard.drop(`${held}.1`);
    guard.drop(`${over}.1`);
    expect(await readdir(join(folder, 'leases'))).toEqual([]);
  });

  it('leaves a process alone that got the number of a group later', async () => {
    const [stranger, own] = [newId('run'), newId('run')];
    const { pid } = runs(stranger);
    writeFileSync(join(folder, 'groups'), `${JSON.stringify({ ...recordGroup(pid, runMark(stranger)), startTicks: '1' })}\n`);
    const present = runs(own);
    guard.set(`${stranger}.1`, clock.uptimeSeconds() - 1);
    guard.set(`${own}.1`, clock.uptimeSeconds() + 1);
    // By the time that this one is over the guard has looked at the other as well.
    expect(await present.ended).toBe('SIGKILL');
    expect(stillRuns(pid)).toBe(true);
    guard.drop(`${stranger}.1`);
    guard.drop(`${own}.1`);
  });
});
