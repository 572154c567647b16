import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { marks, ownProcesses, stillRuns } from './own-processes.js';

const asRoot = process.getuid?.() === 0;

(asRoot ? describe : describe.skip)(
  `the processes of a stack${asRoot ? '' : ' (skipped: only root can start those of another user)'}`,
  () => {
    const started: ReturnType<typeof spawn>[] = [];
    afterEach(() => {
      for (const child of started.splice(0)) child.kill('SIGKILL');
    });
    const start = async (folder: string, uid: number | undefined): Promise<number | undefined> => {
      const env = { [marks.folder]: folder, [marks.resource]: 'res_01', [marks.name]: 'prometheus', [marks.flags]: 'f' };
      const child = spawn('/bin/sleep', ['60'], { cwd: '/', env, stdio: 'ignore', ...(uid === undefined ? {} : { uid }) });
      started.push(child);
      await once(child, 'spawn');
      return child.pid;
    };

    it("are none of another user's, whatever marks these have", async () => {
      const folder = `test-${process.pid}`;
      const pid = await start(folder, undefined);
      await start(folder, 65_534);
      expect((await ownProcesses(folder)).map((one) => one.pid)).toEqual([pid]);
    });
  },
);

describe('a process of which only the first thread has ended', () => {
  it('still runs, and no longer when it was killed', async () => {
    const threads =
      'import ctypes, threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); ctypes.CDLL(None).pthread_exit(None)';
    const child = spawn('python3', ['-c', threads], { stdio: 'ignore' });
    const fields = (): string[] => readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    while (fields()[0] !== 'Z') await new Promise((resolve) => setImmediate(resolve));
    const seen = { pid: child.pid ?? 0, startTicks: fields()[19] ?? '' };
    expect(await stillRuns(seen)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await stillRuns(seen)).toBe(false);
  });
});
