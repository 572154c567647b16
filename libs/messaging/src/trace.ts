import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';

/**
 * W3C trace context across NATS: what is sent while a message is being handled carries the same trace id with a new span id. It records no
 * spans itself; it only keeps one id on a message's whole way, in every log line.
 */
const current = new AsyncLocalStorage<string>();
const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

const zeroes = /^0+$/;

/** Numbers that need only be unlike others, not secret: the system's generator is asked for many at once. */
const pool = { bytes: Buffer.alloc(4_096), used: 4_096 };
const unlikeOthers = (bytes: number): string => {
  if (pool.used + bytes > pool.bytes.length) {
    randomFillSync(pool.bytes);
    pool.used = 0;
  }
  pool.used += bytes;
  return pool.bytes.toString('hex', pool.used - bytes, pool.used);
};

export const newTraceparent = (parent?: string): string => {
  const known = parent === undefined ? undefined : pattern.exec(parent)?.[1];
  const traceId = known === undefined || zeroes.test(known) ? unlikeOthers(16) : known;
  return `00-${traceId}-${unlikeOthers(8)}-01`;
};

/** Runs `work` under the trace of `parent` (a traceparent header), or under a new one. */
export const withTrace = <T>(parent: string | undefined, work: () => T): T => current.run(newTraceparent(parent), work);

/** The traceparent to send with a message made here. */
export const currentTraceparent = (): string => newTraceparent(current.getStore());

/** The trace id of the message being handled, for log lines and problem answers. */
export const currentTraceId = (): string | undefined => current.getStore()?.slice(3, 35);
