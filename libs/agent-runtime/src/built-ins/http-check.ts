import type { ParametersOf, ResultOf } from '@klevr/contracts/commands';
import { CommandFailed, type BuiltIn } from './built-in.js';

/**
 * Asks an HTTP server and compares its answer.
 * Promises: it ends within its own time-out and with the step; of the body at most 1 MiB is read; nothing of it is trusted. Does not: check anything that
 * the address of a server behind a redirect might be, nor accept certificates that the host does not.
 */
const searchedBytes = 1024 * 1024;
const shownBytes = 4_096;
const successes = { from: 200, to: 299 };

type Parameters = ParametersOf<'HttpCheck'>;

export const httpCheck: BuiltIn<'HttpCheck'> = {
  instant: false,
  run: async (parameters, { signal }) => {
    const limit = AbortSignal.timeout(parameters.timeoutSeconds * 1000);
    try {
      return await check(parameters, AbortSignal.any([signal, limit]));
    } catch (error) {
      if (error instanceof CommandFailed || signal.aborted) throw error;
      if (limit.aborted) throw new Error(`${parameters.url} has not answered within ${parameters.timeoutSeconds} s`, { cause: error });
      throw new Error(`${parameters.url} cannot be asked: ${causeOf(error)}`, { cause: error });
    }
  },
};

const check = async (parameters: Parameters, signal: AbortSignal): Promise<ResultOf<'HttpCheck'>> => {
  const { url, method, headers, followRedirects, expectBody } = parameters;
  const startedMs = performance.now();
  const response = await fetch(url, { method, headers, signal, redirect: followRedirects ? 'follow' : 'manual' });
  const body = await bodyOf(response, expectBody === undefined ? shownBytes : searchedBytes);
  const durationMs = Math.round((performance.now() - startedMs) * 10) / 10;
  const result = { status: response.status, durationMs, bodyStart: textOf(body.subarray(0, shownBytes)) };
  const fault = faultOf(parameters, response.status, body);
  if (fault !== undefined) throw new CommandFailed(`${method} ${url} ${fault}`, result);
  return result;
};

const faultOf = ({ expectStatus, expectBody }: Parameters, status: number, body: Buffer): string | undefined => {
  const fits = expectStatus?.includes(status) ?? (status >= successes.from && status <= successes.to);
  if (!fits) return `answered ${status}, expected ${expectStatus?.join(' or ') ?? `${successes.from} to ${successes.to}`}`;
  if (expectBody !== undefined && !body.includes(expectBody)) return 'answered without the expected text';
  return undefined;
};

/** What is not needed is left in the pipe, and the connection ended. */
const bodyOf = async (response: Response, wantedBytes: number): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= wantedBytes) break;
  }
  return Buffer.concat(parts).subarray(0, wantedBytes);
};

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes, { stream: true });

/** `fetch` itself says "fetch failed" only. */
const causeOf = (error: unknown): string => {
  const { message, code, cause } = error as { message?: string; code?: string; cause?: unknown };
  return cause === undefined ? message || (code ?? String(error)) : causeOf(cause);
};
