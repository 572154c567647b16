import pRetry from 'p-retry';
import { retryAfterSecondsOf } from './klevr-problem.js';

/**
 * Sends a request, again where that is safe.
 *
 * Promises: 429 was not begun, so every request is sent again after it. After 503 or a fault of the network nobody knows what was done, so only what can
 * be repeated is: GET, HEAD, PUT and DELETE, POST with its `Idempotency-Key`, PATCH without `If-Match` (its own change would refuse it). `Retry-After` is
 * waited for, and then a pause that grows.
 * Does not: a DELETE that was done, and whose answer was lost, is answered 404 the second time.
 */
export type Fetch = (request: Request) => Promise<Response>;

export interface Retrying {
  readonly fetch: Fetch;
  /** Of one try, up to the head of its answer. */
  readonly timeoutMs: number;
  /** Further tries after the first. */
  readonly retries: number;
  /** Before the first of them; each further pause is twice as long, up to ten seconds. */
  readonly pauseMs: number;
}

/** A try that may be followed by another; the last one is the answer. */
class Refused extends Error {
  constructor(readonly response: Response) {
    super(`answered ${response.status}`);
  }
}

export const retryingFetch =
  ({ fetch, timeoutMs, retries, pauseMs }: Retrying): Fetch =>
  async (request) => {
    const once = async (): Promise<Response> => {
      const response = await inTime(fetch, request, timeoutMs);
      if (response.status === 429 || (response.status === 503 && isRepeatable(request))) throw new Refused(response);
      return response;
    };
    try {
      return await pRetry(once, {
        retries,
        minTimeout: pauseMs,
        maxTimeout: 10_000,
        randomize: true,
        signal: request.signal,
        shouldRetry: ({ error }) => error instanceof Refused || (isRepeatable(request) && !request.signal.aborted),
        onFailedAttempt: async ({ error, retriesLeft }) => {
          if (!(error instanceof Refused) || retriesLeft === 0) return;
          await error.response.body?.cancel();
          await pause((retryAfterSecondsOf(error.response) ?? 0) * 1000, request.signal);
        },
      });
    } catch (error) {
      if (error instanceof Refused) return error.response;
      throw error;
    }
  };

function isRepeatable({ method, headers }: Request): boolean {
  if (method === 'POST') return headers.has('idempotency-key');
  return method !== 'PATCH' || !headers.has('if-match');
}

/** The body of the answer may take as long as it likes. */
async function inTime(fetch: Fetch, request: Request, timeoutMs: number): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException(`no answer in ${timeoutMs} ms`, 'TimeoutError')), timeoutMs);
  try {
    return await fetch(new Request(request.clone(), { signal: AbortSignal.any([request.signal, late.signal]) }));
  } finally {
    clearTimeout(timer);
  }
}

export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const hurry = (): void => {
      clearTimeout(timer);
      reject(signal.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', hurry);
      resolve();
    }, ms);
    if (signal.aborted) hurry();
    else signal.addEventListener('abort', hurry, { once: true });
  });
