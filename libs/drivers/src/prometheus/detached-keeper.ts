import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { lifeLine } from './life-line.js';
import { rotateLog } from './log-rotation.js';
import { marks, signal } from './own-processes.js';
import { lifeLinePath, logPath, type ProcessKeeper } from './process-keeper.js';

/**
 * Keeps processes without systemd: in containers, and where the worker is not root.
 * Promises: they outlive this worker and are found again by the next; their log files are bounded. Does not: start one again that ended by itself (that is drift, and
 * healing does it), or after the host has started again.
 */
export const detachedKeeper = (environment: Readonly<Record<string, string>>, owner: string): ProcessKeeper => ({
  kind: 'detached',
  files: () => [],
  filePart: () => undefined,
  forget: () => Promise.resolve(),
  stop: (_stack, running) => signal(running, 'SIGTERM'),
  start: async ({ resourceId, folder }, { name, program, args, flags, folder: cwd }) => {
    await rotateLog(logPath(folder, name));
    const log = await open(logPath(folder, name), 'a', 0o640);
    const line = await lifeLine(lifeLinePath(folder, name));
    try {
      const env = {
        ...environment,
        ...{ [marks.folder]: owner, [marks.resource]: resourceId, [marks.name]: name, [marks.flags]: flags },
      };
      const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', log.fd, log.fd, line.fd] });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      child.unref();
    } finally {
      await Promise.all([log.close(), line.close()]);
    }
  },
});
