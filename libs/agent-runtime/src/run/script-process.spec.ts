import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@klevr/platform/clock';
import { FakeClock } from '@klevr/platform/fake-clock';
import { groupRuns } from './process-group.js';
import { processSearch } from './process-search.js';
import { scriptLine } from './script-line.js';
import { runScript } from './script-process.js';
import type { ScriptEnd } from './script-spawn.js';
import type { Spawner } from './spawner.js';
import { spawnerApart, spawnerHere, untilReady } from './spawner.fixture.js';

const killGraceMs = 5_000;

describe.each([
  ['begun by the agent itself', 'here'],
  ['begun by the spawner', 'apart'],
  ['where there is no mkfifo', 'without pipes'],
] as const)('a script, %s,', (_, by) => {
  const ownPipes = by !== 'without pipes';
  let pipesFolder: string;
  let spawner: Spawner;
  beforeAll(async () => {
    pipesFolder = await mkdtemp(join(tmpdir(), 'klevr-pipes-'));
    spawner = by === 'apart' ? await spawnerApart(pipesFolder) : spawnerHere(pipesFolder, ownPipes ? 'mkfifo' : '/no/such/program');
    if (by === 'apart') await untilReady(spawner);
  });
  afterAll(async () => {
    spawner.close();
    await rm(pipesFolder, { recursive: true });
  });

  let folder: string;
  let clock: FakeClock;
  let stop: AbortController;
  let pid: number;
  let output: { stdout: Buffer[]; stderr: Buffer[] };
  let said: () => void;
  let held: Promise<void> | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-script-'));
    [clock, stop, pid, output] = [new FakeClock(), new AbortController(), 0, { stdout: [], stderr: [] }];
    said = () => undefined;
    held = undefined;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = async (
    text: string,
    env: Record<string, string> = {},
    time: Pick<FakeClock, 'setTimer'> = clock,
    graceMs = killGraceMs,
  ): Promise<ScriptEnd> => {
    const file = join(folder, 'script.sh');
    await writeFile(file, text);
    await writeFile(join(folder, 'out'), '');
    return runScript({
      line: scriptLine(file, undefined),
      cwd: folder,
      spawner,
      graceMs,
      mark: `KLEVR_OUTPUT=${join(folder, 'out')}`,
      env: { PATH: process.env['PATH'] ?? '', KLEVR_OUTPUT: join(folder, 'out'), ...env },
      clock: time,
      signal: stop.signal,
      onSpawn: (spawned) => (pid = spawned),
      onOutput: (stream, bytes) => {
        output[stream].push(bytes);
        said();
        return held;
      },
    });
  };
  /** Moves the clock on for as long as the processes take. */
  const moving = async <T>(work: Promise<T>): Promise<T> => {
    let done = false;
    void work.then(() => (done = true));
    while (!done) await clock.advanceAsync(20);
    return work;
  };
  const text = (stream: 'stdout' | 'stderr'): string => Buffer.concat(output[stream]).toString();
  const firstWord = (): Promise<void> => new Promise((resolve) => (said = resolve));
  const written = async (): Promise<string> => readFile(join(folder, 'out'), 'utf8');

  it('ends with its exit code, and both its streams are heard', async () => {
    expect(await run('echo out; echo err >&2; exit 3')).toEqual({ exitCode: 3, signal: null });
    expect([text('stdout'), text('stderr')]).toEqual(['out\n', 'err\n']);
  });

  it(`is a child of ${by === 'apart' ? 'the spawner' : 'the agent'}`, async () => {
    await run('echo "$PPID"');
    expect(Number(text('stdout')) === process.pid).toBe(by !== 'apart');
  });

  it('stops at the first command that fails, and at a variable that is not set', async () => {
    expect(await run('false\necho still here')).toMatchObject({ exitCode: 1 });
    expect((await run('echo "$NO_SUCH_VARIABLE"')).exitCode).not.toBe(0);
    expect(text('stdout')).toBe('');
  });

  it('leaves nothing of its group behind when it ends by itself', async () => {
    await run('sleep 1000 >/dev/null 2>&1 & echo started', {}, new SystemClock());
    expect(text('stdout')).toBe('started\n');
    expect(groupRuns(pid)).toBe(false);
  });

  it('that forks and ignores SIGTERM is gone with all of its group after the grace', async () => {
    const heard = firstWord();
    const ended = run(
      `trap '' TERM; (trap '' TERM; while :; do sleep 1000; done) & trap '' TERM; echo ready; while :; do sleep 1000; done`,
    );
    await heard;
    stop.abort();
    expect(groupRuns(pid)).toBe(true);
    clock.advance(killGraceMs);
    expect(await moving(ended)).toEqual({ exitCode: null, signal: 'SIGKILL' });
    expect(groupRuns(pid)).toBe(false);
  });

  it('that is stopped leaves its children their grace to clean up', async () => {
    const heard = firstWord();
    const ended = run(
      `sh -c 'trap "echo cleaned > out; exit 0" TERM; echo ready; while :; do sleep 0.02; done' & wait`,
      {},
      new SystemClock(),
    );
    await heard;
    stop.abort();
    expect(await ended).toMatchObject({ signal: 'SIGTERM' });
    expect(await written()).toBe('cleaned\n');
  });

  it('gets a shorter grace where the stop says so', async () => {
    const heard = firstWord();
    const ended = run(`trap '' TERM; echo ready; while :; do sleep 1000; done`);
    await heard;
    stop.abort(100);
    clock.advance(100);
    expect(await moving(ended)).toMatchObject({ signal: 'SIGKILL' });
  });

  it('hands on a result that it left in TASK_RESULT, but not the one that it was given', async () => {
    await run('TASK_RESULT="new one"', { TASK_RESULT: 'old' });
    expect(await written()).toBe('new one');
    await run('true', { TASK_RESULT: 'old' });
    expect(await written()).toBe('');
    await run('TASK_RESULT=no; printf yes > "$KLEVR_OUTPUT"; exit 0');
    expect(await written()).toBe('yes');
  });

  it('can open its output by name, where it has pipes of its own', async () => {
    const end = await run('echo one > /dev/stderr; echo two | tee /dev/stderr > /dev/null; echo three > /dev/stdout');
    expect(end.exitCode === 0).toBe(ownPipes);
    expect([
      text('stdout'),
      text('stderr')
        .replace(/^.*No such device.*$/gm, '')
        .trim(),
    ]).toEqual(ownPipes ? ['three\n', 'one\ntwo'] : ['', '']);
  });

  it('is heard byte for byte, whatever the bytes are', async () => {
    await run(`printf '\\000\\377\\376x'`);
    expect(Buffer.concat(output.stdout)).toEqual(Buffer.from([0, 255, 254, 120]));
  });

  it.each([
    ['a session of its own', 'setsid sleep 1000 &'],
    ['a session of its own and parents that are gone', '(setsid sh -c "sleep 1000 & " &)'],
    ['a session of its own, and ignores SIGTERM', `(trap '' TERM; exec setsid sleep 1000) & `],
  ])('that is stopped ends also what it gave %s', async (_what, text) => {
    const heard = firstWord();
    const ended = run(`${text}\n echo ready; sleep 1000`, {}, new SystemClock(), 300);
    await heard;
    const mine = (): Promise<number[]> => processSearch.find(({ carries }) => carries(`KLEVR_OUTPUT=${join(folder, 'out')}`));
    while ((await mine()).length < 3) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await ended).toMatchObject({ signal: 'SIGTERM' });
    expect(await mine()).toEqual([]);
  });

  it('that is stopped ends also what it gave a group of its own and no environment', async () => {
    const heard = firstWord();
    const own = 'import os, time; os.setpgid(0, 0); print(os.getpid(), flush=True); time.sleep(1000)';
    const ended = run(`env -i "$(command -v python3)" -c '${own}' & wait`, {}, new SystemClock(), 300);
    await heard;
    const pids = (): Promise<number[]> => processSearch.find((seen) => seen.pid === Number(text('stdout')));
    expect(await pids()).toHaveLength(1);
    stop.abort();
    await ended;
    expect(await pids()).toEqual([]);
  });

  it('that ends by itself leaves what it gave a session of its own', async () => {
    await run(
      `setsid sh -c 'echo $$ > daemon; exec sleep 1000' > /dev/null 2>&1 & while [ ! -s daemon ]; do sleep 0.01; done`,
      {},
      new SystemClock(),
    );
    const daemon = Number(await readFile(join(folder, 'daemon'), 'utf8'));
    expect(process.kill(daemon, 'SIGKILL')).toBe(true);
  });

  it('is not waited for once it is stopped, though nobody takes what it wrote', async () => {
    const heard = firstWord();
    held = new Promise(() => undefined);
    const ended = run('yes', {}, new SystemClock());
    await heard;
    stop.abort();
    expect(await ended).toMatchObject({ signal: 'SIGTERM' });
  });

  it('that cannot be started says why', async () => {
    const end = await runScript({
      line: scriptLine('x', undefined),
      cwd: join(folder, 'nowhere'),
      spawner,
      graceMs: 1,
      mark: 'X=1',
      env: {},
      clock,
      signal: stop.signal,
      onSpawn: () => undefined,
      onOutput: () => undefined,
    });
    expect(end).toMatchObject({ exitCode: null, fault: expect.stringContaining('no program /bin/sh') as unknown });
  });
});
