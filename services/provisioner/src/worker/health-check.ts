import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import type { HealthCheck } from '@klevr/contracts/recipe';
import type { DriverSession } from '@klevr/drivers/driver';
import type { CheckAnswer } from './health-judge.js';

/**
 * One look whether a resource works.
 * Promises: it ends within its time; a command is a program with arguments and never a line for a shell; of a body one MiB is read. Does not: judge what a single
 * answer means.
 */
export interface LookWith {
  /** A session for what only the engine can tell. */
  readonly session: () => Promise<DriverSession>;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const bodyBytes = 1024 * 1024;

export const look = async (check: HealthCheck, { session, environment, signal }: LookWith): Promise<CheckAnswer> => {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error('took too long')), check.timeoutSeconds * 1000);
  const either = AbortSignal.any([signal, limit.signal]);
  try {
    return await inTime(answerOf(check, session, environment, either), either);
  } catch (error) {
    if (signal.aborted) throw error;
    if (limit.signal.aborted) return { good: false, message: `no answer within ${check.timeoutSeconds} s` };
    return { good: false, message: causeOf(error) };
  } finally {
    clearTimeout(timer);
  }
};

/** What does not listen to the signal is left behind. */
const inTime = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  let stop: () => void = () => undefined;
  const late = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('took too long'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

const answerOf = (
  check: HealthCheck,
  session: LookWith['session'],
  environment: LookWith['environment'],
  signal: AbortSignal,
): Promise<CheckAnswer> => {
  switch (check.type) {
    case 'http':
      return overHttp(check, signal);
    case 'tcp':
      return overTcp(check, signal);
    case 'command':
      return check.part === undefined ? onHost(check.command, environment, signal) : inPart(check.part, check.command, session, signal);
    case 'engine':
      return ofEngine(check.part, session);
  }
};

const overHttp = async (
  { url, expectStatus, expectBody }: Extract<HealthCheck, { type: 'http' }>,
  signal: AbortSignal,
): Promise<CheckAnswer> => {
  const response = await fetch(url, { signal, redirect: 'manual' });
  const good = expectStatus?.includes(response.status) ?? response.ok;
  const body = await textOf(response, good && expectBody !== undefined ? bodyBytes : 0);
  if (!good) return { good, message: `answered ${response.status}` };
  if (expectBody !== undefined && !body.includes(expectBody)) return { good: false, message: 'answered without the expected text' };
  return { good: true, message: `answered ${response.status}` };
};

const textOf = async (response: Response, wantedBytes: number): Promise<string> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  if (wantedBytes === 0) await response.body?.cancel();
  else {
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= wantedBytes) break;
    }
  }
  return Buffer.concat(parts).subarray(0, wantedBytes).toString('utf8');
};

const overTcp = ({ host, port }: Extract<HealthCheck, { type: 'tcp' }>, signal: AbortSignal): Promise<CheckAnswer> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), signal });
    socket.once('connect', () => {
      socket.destroy();
      resolve({ good: true, message: `${host}:${port} takes connections` });
    });
    socket.once('error', reject);
  });

const onHost = (command: readonly string[], env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<CheckAnswer> =>
  new Promise((resolve) => {
    const [program = '', ...args] = command;
    const child = execFile(program, args, { env, maxBuffer: 64 * 1024 }, (error, stdout, stderr) => {
      signal.removeEventListener('abort', end);
      const code = error === null ? 0 : error.code;
      resolve({ good: error === null, message: typeof code === 'number' ? told(code, `${stdout}${stderr}`) : (error?.message ?? '') });
    });
    const end = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', end, { once: true });
    child.stdin?.end();
  });

const inPart = async (
  part: string,
  command: readonly string[],
  session: LookWith['session'],
  signal: AbortSignal,
): Promise<CheckAnswer> => {
  const opened = await session();
  if (opened.execute === undefined) throw new Error('this engine runs no commands in a part');
  const { exitCode, output } = await opened.execute(part, command, signal);
  return { good: exitCode === 0, message: told(exitCode, output) };
};

const ofEngine = async (part: string | undefined, session: LookWith['session']): Promise<CheckAnswer> => {
  const { state, message } = await (await session()).engineHealth(part);
  return { good: state === 'healthy', message: message === '' ? state : `${state}: ${message}` };
};

const told = (exitCode: number, output: string): string => {
  const last = output.trim().slice(-500);
  return `exit code ${exitCode}${last === '' ? '' : `: ${last}`}`;
};

/** `fetch` itself says "fetch failed" only. */
const causeOf = (error: unknown): string => {
  const { message, code, cause } = error as { message?: string; code?: string; cause?: unknown };
  return cause === undefined ? message || (code ?? String(error)) : causeOf(cause);
};
