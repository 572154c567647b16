// Runs one program and shows its output only if it fails. SIGINT and SIGTERM end it and then this process's part of the work.
import { spawn } from 'node:child_process';

export class StoppedError extends Error {}

export async function runCaptured(command, args, options) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  let stoppedBy;
  const stop = (signal) => {
    stoppedBy ??= signal;
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    const code = await new Promise((done, fail) => child.on('error', fail).on('close', done));
    if (stoppedBy) throw new StoppedError(`stopped by ${stoppedBy}`);
    if (code !== 0) {
      process.stderr.write(Buffer.concat(chunks));
      throw new Error(`${args.slice(1).join(' ')} failed with exit code ${code}`);
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
