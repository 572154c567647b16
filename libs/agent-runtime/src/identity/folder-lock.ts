import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';

/**
 * One agent a state folder: two would write one journal.
 * Promises: whoever holds the folder holds it until its process is gone, however it ends, and nothing is left over that a next one has to clear. The lock is a
 * socket name of the kernel's (Linux), made of the folder's own number. Does not: see a process in another network namespace, or lock elsewhere than on Linux.
 */
export const holdFolder = async (folder: string): Promise<boolean> => {
  if (process.platform !== 'linux') return true;
  const { dev, ino } = await stat(folder);
  const lock = createServer();
  return new Promise((resolve, reject) => {
    lock.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    lock.listen(`\0klevr-agent-${dev}-${ino}`, () => {
      lock.unref();
      resolve(true);
    });
  });
};
