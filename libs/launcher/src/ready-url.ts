import { setTimeout as delay } from 'node:timers/promises';
import { errorLine } from './system-error.js';

const RETRY_MS = 50;

/** Answers when a GET of `url` is answered 2xx. For programs that say by nothing else that they are ready: asked again until then. */
export async function awaitUrl(url: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<void> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  let last = 'no answer';
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { signal });
      await response.body?.cancel();
      if (response.ok) return;
      last = `status ${response.status}`;
    } catch (error) {
      if (!signal.aborted) last = errorLine(error);
    }
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
  options.signal?.throwIfAborted();
  throw new Error(`${url} was not ready within ${options.timeoutMs} ms: ${last}`);
}
