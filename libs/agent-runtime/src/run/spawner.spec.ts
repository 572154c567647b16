import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@klevr/platform/clock';
import { FakeClock } from '@klevr/platform/fake-clock';
import { groupRuns } from './process-group.js';
import { runScript, type ScriptOptions } from './script-process.js';
import type { ScriptEnd } from './script-spawn.js';
import type { Spawner } from './spawner.js';
import { spawnerApart, spawnerOf, untilReady } from './spawner.fixture.js';

describe('the spawner', () => {
  let folder: string;
  let spawner: Spawner;
  let clock: FakeClock;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-spawner-'));
    clock = new FakeClock();
    spawner = await spawnerApart(folder, clock);
  });
  afterEach(async () => {
    spawner.close();
    await rm(folder, { recursive: true });
  });

  const run = (text: string, told: Partial<ScriptOptions> = {}): Promise<ScriptEnd> =>
    runScript({
      line: ['/bin/sh', '-c', text],
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '', MARK: folder },
      spawner,
      clock: new SystemClock(),
      signal: new AbortController().signal,
      graceMs: 0,
      mark: `MARK=${folder}`,
      onSpawn: () => undefined,
      onOutput: () => undefined,
      ...told,
    });
  /** One that goes on, and has said so. */
  const runOn = async (text: string): Promise<{ pid: number; ended: Promise<ScriptEnd> }> => {
    let pid = 0;
    let ended: Promise<ScriptEnd> | undefined;
    await new Promise<void>((heard) => {
      ended = run(text, { onSpawn: (spawned) => (pid = spawned), onOutput: () => (heard(), undefined) });
    });
    if (ended === undefined) throw new Error('not begun');
    return { pid, ended };
  };

  it('that is killed takes its scripts with it, whose end is not known; the agent begins the next one, and then there is another spawner', async () => {
    const first = await untilReady(spawner);
    const { pid, ended } = await runOn('sleep 1000 & echo ready; wait');
    process.kill(first, 'SIGKILL');
    expect(await ended).toEqual({
      exitCode: null,
      signal: null,
      fault: 'how it ended is not known: the process that had begun it was killed',
    });
    expect(groupRuns(pid)).toBe(false);
    expect(await run('exit 3')).toEqual({ exitCode: 3, signal: null });
    expect(await untilReady(spawner)).not.toBe(first);
  });

  it('that dies before it could tell what it has begun leaves nothing running', async () => {
    const file = join(folder, 'begun');
    const dying = `import { spawn } from 'node:child_process'; import { writeFileSync } from 'node:fs';
      process.on('message', ({ script: { line: [program, ...args], env } }) => {
        const child = spawn(program, args, { env, detached: true, stdio: 'ignore' });
        child.once('spawn', () => (writeFileSync('${file}', String(child.pid)), process.exit(1)));
      });
      process.send({ ready: true });`;
    spawner = spawnerOf(folder, dying, clock);
    const script = `[ "$PPID" = ${process.pid} ] || exec sleep 1000`;
    let end: ScriptEnd;
    do end = await run(script);
    while (end.fault === undefined);
    expect(end.fault).toContain('is not known');
    expect(groupRuns(Number(readFileSync(file, 'utf8')))).toBe(false);
  });

  it('that hangs is killed after a minute', async () => {
    const first = await untilReady(spawner);
    process.kill(first, 'SIGSTOP');
    const ended = run('sleep 1000');
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.advance(59_999);
    expect(() => process.kill(first, 0)).not.toThrow();
    clock.advance(1);
    expect(await ended).toMatchObject({ exitCode: null, fault: expect.stringContaining('is not known') as unknown });
    expect(await run('exit 4')).toEqual({ exitCode: 4, signal: null });
  });

  it('is not kept for more than a minute when there is nothing to do', async () => {
    const first = await untilReady(spawner);
    clock.advance(59_999);
    await run('exit 0');
    clock.advance(59_999);
    expect(() => process.kill(first, 0)).not.toThrow();
    clock.advance(1);
    await gone(first);
    expect(await untilReady(spawner)).not.toBe(first);
  });

  it('goes with its agent, and leaves the scripts to whoever comes after', async () => {
    const first = await untilReady(spawner);
    const { pid } = await runOn('echo ready; exec sleep 1000');
    spawner.close();
    await gone(first);
    expect(groupRuns(pid)).toBe(true);
    process.kill(-pid, 'SIGKILL');
  });

  it('that does not come up is not tried again', async () => {
    const file = join(folder, 'tried');
    spawner = spawnerOf(folder, `import { appendFileSync } from 'node:fs'; appendFileSync('${file}', 'x'); process.exit(1);`, clock);
    while (!existsSync(file)) expect(await run('exit 5')).toEqual({ exitCode: 5, signal: null });
    for (let round = 0; round < 50; round += 1) await run('sleep 0.005');
    expect(readFileSync(file, 'utf8')).toBe('x');
  });

  it.each([
    ['a program that is not there', ['/no/such/program', 'x'], 'there is no program /no/such/program'],
    ['variables that are too large', ['/bin/sh', '-c', 'x'.repeat(200_000)], 'its variables are too large together'],
  ] as const)('tells why %s cannot be begun', async (_, line, fault) => {
    await untilReady(spawner);
    expect(await spawner.begin({ line, cwd: '/', env: {} })).toEqual({ fault });
  });

  it('begins many at once, each with its own output and end', async () => {
    await untilReady(spawner);
    const ends = await Promise.all(Array.from({ length: 100 }, (_, index) => run(`exit ${index % 7}`)));
    expect(ends.map(({ exitCode }) => exitCode)).toEqual(ends.map((_, index) => index % 7));
  });
});

const gone = async (pid: number): Promise<void> => {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
