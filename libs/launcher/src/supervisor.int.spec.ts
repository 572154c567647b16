import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child-process.js';
import { lockHome } from './home-lock.js';
import { readRunningFile, removeRunningFile, writeRunningFile } from './running-file.js';
import { createSupervisor, type SupervisedProcess, type Supervisor } from './supervisor.js';

describe('supervisor', () => {
  let dir: string;
  let said: string[];
  let supervisor: Supervisor;
  let restarted: () => void;
  let nextRestart: Promise<void>;

  const expectRestart = (): void => {
    nextRestart = new Promise((resolve) => (restarted = resolve));
  };
  /** A shell program; each life and each end writes into `journal`. */
  const pretend = (name: string, stage: number, script: string): SupervisedProcess => ({
    name,
    stage,
    graceMs: 300,
    start: (signal) =>
      startChild({
        name,
        command: '/bin/sh',
        args: ['-c', script],
        env: { PATH: process.env.PATH ?? '', NAME: name, JOURNAL: join(dir, 'journal') },
        logFile: join(dir, `${name}.log`),
        readyLine: /^ready$/,
        readyTimeoutMs: 10_000,
        signal,
      }),
  });
  const OBEDIENT = 'trap "echo $NAME >> $JOURNAL; exit 0" TERM; echo ready; while :; do sleep 0.05; done';
  const STUBBORN = 'trap "" TERM; echo ready; while :; do sleep 1; done';

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'klevr-supervisor-'));
    said = [];
    expectRestart();
    supervisor = createSupervisor({ say: (line) => said.push(line), onChange: () => restarted() });
  });
  afterEach(async () => {
    await supervisor.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('starts a process that crashed again after a second, and says so', async () => {
    const first = await supervisor.start(pretend('worker', 1, OBEDIENT));
    await supervisor.start(pretend('other', 1, OBEDIENT));
    const killedAt = performance.now();
    first.kill('SIGKILL');
    await nextRestart;
    expect(performance.now() - killedAt).toBeGreaterThanOrEqual(990);
    const worker = supervisor.processes().find((process) => process.name === 'worker');
    expect(worker?.pid).not.toBe(first.pid);
    expect(isAlive(worker?.pid ?? 0)).toBe(true);
    expect(said).toEqual(['worker ended (SIGKILL); starting it again', `worker runs again (process ${worker?.pid})`]);
  });

  it('does not start a process again that has ended for good, and says so', async () => {
    const endedForGood: SupervisedProcess['endedForGood'] = (child, { code }) => code === 0 && child.lastLines.includes('for good');
    const first = await supervisor.start({ ...pretend('done', 1, 'echo ready; echo for good; exit 0'), endedForGood });
    await first.exited;
    await nextRestart;
    expect(said).toEqual(['done ended (exit code 0) for good; it is not started again']);
    expect(supervisor.processes()).toEqual([]);
    expectRestart();
    const again = await supervisor.start({ ...pretend('again', 1, 'echo ready; sleep 0.1; exit 0'), endedForGood });
    await nextRestart;
    expect(said.slice(1, 3)).toEqual(['again ended (exit code 0); starting it again', expect.stringMatching(/^again runs again/)]);
    expect(isAlive(again.pid)).toBe(false);
  });

  it('keeps trying when a crashed process does not come up at once', async () => {
    const script = 'test -e "$JOURNAL.down" && { rm "$JOURNAL.down"; exit 3; }; touch "$JOURNAL.down"; echo ready; exec sleep 60';
    const first = await supervisor.start(pretend('worker', 1, script));
    first.kill('SIGKILL');
    await nextRestart;
    expect(said.some((line) => line.includes('did not start'))).toBe(true);
    expect(said.at(-1)).toMatch(/^worker runs again/);
  });

  it('stops stage after stage from the last to the first and leaves no process, not even a stubborn one', async () => {
    const started = [];
    for (const [name, stage, script] of [
      ['server', 0, OBEDIENT],
      ['service', 1, OBEDIENT],
      ['stubborn', 1, STUBBORN],
      ['agent', 2, OBEDIENT],
    ] as const) {
      started.push(await supervisor.start(pretend(name, stage, script)));
    }
    await supervisor.stop();
    expect(await readFile(join(dir, 'journal'), 'utf8')).toBe('agent\nservice\nserver\n');
    expect(started.map((child) => isAlive(child.pid))).toEqual([false, false, false, false]);
    expect(said).toEqual([]);
    expect(supervisor.processes()).toEqual([]);
  });

  it('gives up a start under way when it is told to stop', async () => {
    const starting = supervisor.start(pretend('silent', 1, 'echo begun >> "$JOURNAL"; exec sleep 60'));
    const outcome = starting.then(
      () => 'started',
      (error: unknown) => String(error),
    );
    await supervisor.stop();
    expect(await outcome).toMatch(/was stopped before it was ready/);
    await expect(supervisor.start(pretend('late', 1, OBEDIENT))).rejects.toThrow('stopped');
  });

  it('tells which agent a process is', async () => {
    await supervisor.start({ ...pretend('agent-1', 1, OBEDIENT), identity: (child) => ({ agentId: `a-${child.readyLine}` }) });
    expect(supervisor.processes()).toEqual([{ name: 'agent-1', pid: expect.any(Number), agentId: 'a-ready' }]);
  });

  it('writes what runs for its owner only, whole, and takes it away', async () => {
    const running = { apiUrl: 'http://127.0.0.1:1', username: 'admin', password: 'p', zone: 'demo', processes: [{ name: 'x', pid: 1 }] };
    await writeRunningFile(dir, running);
    await writeRunningFile(dir, { ...running, zone: 'other' });
    expect((await stat(join(dir, 'running.json'))).mode & 0o777).toBe(0o600);
    expect(await readRunningFile(dir)).toEqual({ ...running, zone: 'other' });
    await removeRunningFile(dir);
    await expect(readRunningFile(dir)).rejects.toThrow(/npm start/);
  });

  it('lets one launcher into a home, and is not held by a lock that a crash left', async () => {
    const unlock = await lockHome(dir);
    await expect(lockHome(dir)).rejects.toThrow(`already runs from ${dir} (process ${process.pid})`);
    await unlock();
    // The same process id with another start time: a later process that got the id.
    await writeFile(join(dir, 'lock'), `${process.pid} 1\n`);
    const again = await lockHome(dir);
    await again();
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
