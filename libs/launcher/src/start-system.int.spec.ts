import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { watch, type FSWatcher } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { klevrHome, serverCacheDir } from './klevr-home.js';
import { readRunningFile, type RunningSystem } from './running-file.js';
import { startSystem, type StartedSystem, type StartOptions, type SystemParts } from './start-system.js';
import type { PlannedProcess } from './system-plan.js';

const TIMEOUT_MS = 60_000;

/** Real servers, with shell programs in the place of services and agents. */
describe('a started system', () => {
  let home: string;
  let said: string[];
  let abort: AbortController;
  const systems: StartedSystem[] = [];

  const pretend = (name: string, stage: number, extra = ''): PlannedProcess => ({
    spec: {
      name,
      command: '/bin/sh',
      args: ['-c', `${extra} echo '{"msg":"ready"${stage === 2 ? `,"agentId":"of-${name}"` : ''}}'; exec sleep 600`],
      env: { PATH: process.env.PATH ?? '' },
      logFile: join(home, 'logs', `${name}.log`),
      readyLine: /"msg":"ready"/,
    },
    stage,
    graceMs: 500,
  });
  const parts: SystemParts = {
    services: () => [pretend('gateway', 1), pretend('scheduler-1', 1)],
    agents: (_settings, joinToken) => [pretend('agent-1', 2, `echo ${joinToken};`)],
    workers: (_settings, joinToken) => [pretend('worker-1', 2, `echo ${joinToken};`)],
    openZone: () =>
      Promise.resolve({
        ...{ name: 'demo', joinToken: 'token', workerToken: 'other' },
        awaitReady: () => Promise.resolve(),
        revokeJoinTokens: () => Promise.resolve(),
      }),
  };
  const start = async (changes: Partial<StartOptions> = {}): Promise<StartedSystem> => {
    const say = (line: string): void => void said.push(line);
    const system = await startSystem({ home, env: {}, reset: false, say, signal: abort.signal, parts, ...changes });
    systems.push(system);
    return system;
  };
  /** Answers when running.json tells what is awaited. */
  const awaitRunning = async (as: (running: RunningSystem) => boolean): Promise<RunningSystem> => {
    let watcher: FSWatcher | undefined;
    try {
      return await new Promise<RunningSystem>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`not told in running.json; said: ${said.join(', ')}`)), 10_000);
        const look = (): void =>
          void readRunningFile(home).then(
            (running) => {
              if (!as(running)) return;
              clearTimeout(timer);
              resolve(running);
            },
            () => undefined,
          );
        watcher = watch(home, look);
        look();
      });
    } finally {
      watcher?.close();
    }
  };

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'klevr-start-'));
    await symlink(serverCacheDir(klevrHome(process.env)), serverCacheDir(home));
    said = [];
    abort = new AbortController();
  });
  afterEach(async () => {
    await Promise.all(systems.splice(0).map((system) => system.stop()));
    await rm(home, { recursive: true, force: true });
  });

  it(
    'tells in running.json all that runs, for its owner only, and leaves neither file nor process when stopped',
    async () => {
      const system = await start();
      const running = await readRunningFile(home);
      expect(running).toEqual(system.running);
      expect(running).toMatchObject({ apiUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), username: 'admin', zone: 'demo' });
      expect(
        running.processes
          .map(({ name, agentId, workerId }) => [name, agentId ?? workerId])
          .sort(([a = ''], [b = '']) => a.localeCompare(b)),
      ).toEqual([
        ['agent-1', 'of-agent-1'],
        ['gateway', undefined],
        ['mariadbd', undefined],
        ['nats-server', undefined],
        ['redis-server', undefined],
        ['scheduler-1', undefined],
        ['worker-1', 'of-worker-1'],
      ]);
      expect(running.processes.flatMap(({ agentId }) => agentId ?? [])).toEqual(['of-agent-1']);
      expect((await stat(join(home, 'running.json'))).mode & 0o777).toBe(0o600);
      expect(running.processes.filter(({ pid }) => !isAlive(pid))).toEqual([]);

      const stopping = performance.now();
      await system.stop();
      expect(performance.now() - stopping).toBeLessThan(10_000);
      expect(running.processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
      expect((await readdir(home)).filter((name) => name.startsWith('running') || name.startsWith('lock'))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'starts crashed processes and servers again and says where they are',
    async () => {
      const { running } = await start();
      for (const name of ['agent-1', 'nats-server', 'mariadbd', 'redis-server']) {
        const before = running.processes.find((process) => process.name === name)?.pid ?? 0;
        process.kill(before, 'SIGKILL');
        const after = await awaitRunning((now) => now.processes.some((process) => process.name === name && process.pid !== before));
        expect(after.processes.filter(({ pid }) => !isAlive(pid))).toEqual([]);
        expect(said).toContain(`${name} ended (SIGKILL); starting it again`);
      }
    },
    TIMEOUT_MS,
  );

  it(
    'keeps ports and secrets for the next start, and forgets them when reset',
    async () => {
      const first = await start();
      const port = await readFile(join(home, 'mariadb', 'port'), 'utf8');
      await first.stop();
      const second = await start();
      expect(second.running.password).toBe(first.running.password);
      expect(second.running.apiUrl).toBe(first.running.apiUrl);
      expect(await readFile(join(home, 'mariadb', 'port'), 'utf8')).toBe(port);
      await second.stop();
      await writeFile(join(home, 'mariadb', 'data', 'left-over'), '');
      const third = await start({ reset: true });
      expect(third.running.password).not.toBe(first.running.password);
      expect(await readdir(join(home, 'mariadb', 'data'))).not.toContain('left-over');
    },
    TIMEOUT_MS,
  );

  it(
    'leaves nothing behind when it is stopped on the way, at whichever step',
    async () => {
      for (const step of [/^starting NATS/, /^starting the services/, /^starting the agents/]) {
        abort = new AbortController();
        const say = (line: string): void => {
          if (step.test(line)) abort.abort(new Error('stopped by test'));
        };
        await expect(start({ say })).rejects.toThrow(/stopped/);
        expect(await processesUsing(home)).toEqual([]);
        expect((await readdir(home)).filter((name) => name.startsWith('running') || name.startsWith('lock'))).toEqual([]);
      }
    },
    TIMEOUT_MS,
  );

  it(
    'fails with the reason when a service does not come up, and leaves nothing',
    async () => {
      const broken = { ...parts, services: () => [pretend('gateway', 1, 'echo bad configuration; exit 78;')] };
      await expect(start({ parts: broken })).rejects.toThrow(
        /gateway ended \(exit code 78\) before it was ready; last words: bad configuration/,
      );
      expect(await processesUsing(home)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it('refuses an unusable given server before it starts anything', async () => {
    await expect(start({ env: { KLEVR_NATS_URL: 'nats://127.0.0.1:1' } })).rejects.toThrow(
      /^nats-server: 127\.0\.0\.1:1 cannot be reached/,
    );
    await expect(start({ env: { KLEVR_REDIS_URL: 'redis://127.0.0.1:1' } })).rejects.toThrow(/^redis: 127\.0\.0\.1:1 cannot be reached/);
    expect(await processesUsing(home)).toEqual([]);
  });
});

/** Command lines of living processes that name the folder or work in it. */
async function processesUsing(dir: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(dir));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
