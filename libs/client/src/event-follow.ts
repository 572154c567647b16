import { KlevrProblem } from './klevr-problem.js';
import { type Fetch, pause } from './retrying-fetch.js';
import { SseParser } from './sse-parser.js';

/** One message with a type. */
export interface StreamMessage {
  /** Its place, for `lastEventId`. */
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
}

export interface FollowOptions {
  readonly fetch: Fetch;
  readonly url: string;
  /** Goes on behind this one. */
  readonly lastEventId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Before the stream is asked for again, longer each time that fails; a second if not given. */
  readonly pauseMs?: number;
}

/** The server lets something be heard each 15 s. */
const SILENCE_MS = 45_000;
const LONGEST_PAUSE_MS = 30_000;
/** A stream that ends so comes to more when it is asked for again. */
const passing = new Set(['stopping', 'tooSlow', 'sessionEnded']);

/**
 * Follows a stream of server-sent events across cut connections and restarts of the server.
 *
 * Promises: every message once and in order, as the server sends what is behind the last place that it told; what it can no longer send is told as `gap`.
 * It ends with `end` where the followed thing has ended, with the signal, or by a KlevrProblem where it may not be followed (any more).
 */
export async function* follow({
  fetch,
  url,
  lastEventId,
  signal = new AbortController().signal,
  pauseMs = 1_000,
}: FollowOptions): AsyncGenerator<StreamMessage> {
  let place = lastEventId;
  let waitMs = pauseMs;
  while (!signal.aborted) {
    const cut = new AbortController();
    try {
      for await (const { id, event, data } of messages(fetch, url, place, AbortSignal.any([signal, cut.signal]))) {
        waitMs = pauseMs;
        place = id ?? place;
        if (event === undefined || data === undefined) continue;
        const content = JSON.parse(data) as unknown;
        if (event === 'end' && passing.has((content as { reason: string }).reason)) break;
        yield { id, event, data: content };
        if (event === 'end') return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof KlevrProblem && error.status < 500 && error.status !== 429) throw error;
    } finally {
      cut.abort();
    }
    await pause(waitMs * (1 + Math.random()), signal).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, LONGEST_PAUSE_MS);
  }
}

async function* messages(fetch: Fetch, url: string, place: string | undefined, signal: AbortSignal): ReturnType<typeof parsed> {
  const headers = { accept: 'text/event-stream', ...(place === undefined ? {} : { 'last-event-id': place }) };
  const request = new Request(url, { headers, signal });
  const response = await fetch(request);
  if (!response.ok || response.body === null) throw await KlevrProblem.of(request, response);
  yield* parsed(response.body);
}

async function* parsed(body: ReadableStream<Uint8Array>): AsyncGenerator<ReturnType<SseParser['take']>[number]> {
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await soon(reader.read());
      if (done) return;
      yield* parser.take(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A connection that was cut without a word looks like a quiet one. */
async function soon<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing was heard for ${SILENCE_MS} ms`)), SILENCE_MS);
  });
  try {
    return await Promise.race([reading, silence]);
  } finally {
    clearTimeout(timer);
  }
}
