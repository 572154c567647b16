import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/**
 * W3C trace context across NATS: what is sent while a message is being handled carries the same trace id with a new span id. It records no
 * spans itself; it only keeps one id on a message's whole way, in every log line.
 */
const current = new AsyncLocalStorage<string>();
const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

const zeroes = /^0+$/;

/** 32 hexadecimal digits that need only be unlike others, not secret; a random UUID costs a fraction of as many random bytes. */
const unlikeOthers = (): string => randomUUID().replaceAll('-', '');

export const newTraceparent = (parent?: string): string => {
  const known = parent === undefined ? undefined : pattern.exec(parent)?.[1];
  const traceId = known === undefined || zeroes.test(known) ? unlikeOthers() : known;
  return `00-${traceId}-${unlikeOthers().slice(16)}-01`;
};

/** Runs `work` under the trace of `parent` (a traceparent header), or under a new one. */
export const withTrace = <T>(parent: string | undefined, work: () => T): T => current.run(newTraceparent(parent), work);

/** The traceparent to send with a message made here. */
export const currentTraceparent = (): string => newTraceparent(current.getStore());

/** The trace id of the message being handled, for log lines and problem answers. */
export const currentTraceId = (): string | undefined => current.getStore()?.slice(3, 35);
