import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open as openFile, stat, type FileHandle } from 'node:fs/promises';
import { close, open } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

/**
 * Tells at once when a process has ended, also one that another life of this program started: the process holds a named pipe open for writing, and who reads there
 * sees its end. Does not: tell of a process that was started without it, or hold the process up (nobody writes to it).
 */
const run = promisify(execFile);

/** What the process gets as an open file; to be closed here once it has it. */
export const lifeLine = async (path: string): Promise<FileHandle> => {
  const there = await stat(path).catch(() => undefined);
  if (there === undefined) await run('mkfifo', ['-m', '600', path], { timeout: 10_000 });
  // Reading too, since a pipe that nobody reads cannot be opened for writing without waiting.
  return openFile(path, constants.O_RDWR | constants.O_NONBLOCK);
};

/** Calls `ended` once, when no process holds the line any more; at once where none does. */
export const watchLifeLine = (path: string, ended: () => void): (() => void) => {
  let stop = (): void => undefined;
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    ended();
  };
  open(path, constants.O_RDONLY | constants.O_NONBLOCK, (error, fd) => {
    if (error !== null) return;
    if (over) return close(fd, () => undefined);
    const socket = new Socket({ fd, readable: true, writable: false });
    socket.unref();
    socket.on('error', end).on('end', end).on('close', end).resume();
    stop = () => socket.destroy();
  });
  return () => {
    over = true;
    stop();
  };
};
