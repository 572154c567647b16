// Runs one child process in a process group of its own and passes SIGINT and SIGTERM on to the whole group.
// A group that has not ended ten seconds after the signal is killed, so that nothing outlives the caller.
import { spawn } from 'node:child_process';

const STOP_TIMEOUT_MS = 10_000;

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Resolves to `{ code, signal }`, where `signal` is the one that this process was asked to stop with, if any. */
export async function runChild(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options, detached: true });
  let stoppedBy;
  let killTimer;
  const stop = (signal) => {
    if (stoppedBy) return; // npm passes on what the terminal has sent already
    stoppedBy = signal;
    signalGroup(child.pid, signal);
    killTimer = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), STOP_TIMEOUT_MS);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', (exitCode) => resolve(exitCode ?? 1)));
    if (stoppedBy) signalGroup(child.pid, 'SIGKILL');
    return { code, signal: stoppedBy };
  } finally {
    clearTimeout(killTimer);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
