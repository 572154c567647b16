import { copyFile, open, stat, truncate } from 'node:fs/promises';

/** A log file is at most so large when it is looked at, and one older one is kept beside it. */
const mostBytes = 8 * 1024 * 1024;

/** Copies and empties it: the process goes on writing at its end, which then is its beginning. What is written between the two is lost. */
export const rotateLog = async (path: string, limitBytes = mostBytes): Promise<void> => {
  const there = await stat(path).catch(() => undefined);
  if (there === undefined || there.size <= limitBytes) return;
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
};

const tailBytes = 16 * 1024;

/** The last complaint in it, else its last lines; for messages to people. */
export const complaintIn = async (path: string, from = 0): Promise<string> => {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const begin = Math.max(Math.min(from, size), size - tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, begin);
    const lines = buffer.subarray(0, bytesRead).toString().trim().split('\n');
    const complaints = lines.filter((line) => /level=error|lvl=eror|"level":"error"|err=|^panic|^fatal|: error:/.test(line));
    return (complaints.length > 0 ? complaints.slice(-2) : lines.slice(-3)).map((line) => line.slice(0, 1000)).join('\n');
  } finally {
    await file.close();
  }
};
