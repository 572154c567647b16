import { pino, type DestinationStream } from 'pino';
import type { Log } from './log.js';

/**
 * JSON lines to stdout: time (ISO 8601, UTC), level as a word, service, instance, and the trace id while one is known.
 * Known names of secrets are masked wherever they stand in the first two levels of fields; that is a net, not a licence to log secrets.
 */
export interface LoggerOptions {
  readonly service: string;
  readonly level?: string;
  readonly instanceId?: string;
  /** The id of the trace that is being followed now; the messaging library knows it. */
  readonly traceId?: (() => string | undefined) | undefined;
  /** Where the lines go; stdout unless a test says otherwise. */
  readonly destination?: DestinationStream;
}

const secretNames = ['authorization', 'password', 'token', 'secret', 'cookie', 'jwt', 'seed', 'credentials'];

export function createLogger({ service, level = 'info', instanceId, traceId, destination }: LoggerOptions): Log & { level: string } {
  const options = {
    level,
    base: { service, ...(instanceId === undefined ? {} : { instance: instanceId }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.errWithCause },
    redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '***' },
    mixin: () => {
      const id = traceId?.();
      return id === undefined ? {} : { traceId: id };
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
