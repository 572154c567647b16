import { readFileSync } from 'node:fs';
import { Redis, type RedisOptions } from 'ioredis';

/**
 * A connection to Redis for what may be away at any moment.
 *
 * Promises: a command takes 50 ms at most and fails at once while the connection is away: nothing is queued, no command is sent twice. It
 * reconnects for ever, pausing 2 s at most. `rediss://` is TLS: the server's certificate and its name are verified, against the given authority
 * or, without one, those of the system.
 * Does not promise: that a command which failed had no effect.
 */
export interface RedisAddress {
  readonly url: string;
  /** The certificate of the authority that signed the server's, as a file. */
  readonly caFile?: string | undefined;
}

const COMMAND_TIMEOUT_MS = 50;
const CONNECT_TIMEOUT_MS = 2_000;
/** A server that is stopped keeps its sockets open; this notices, so that a new connection is tried. */
const SILENT_SOCKET_MS = 2_000;
const LONGEST_RECONNECT_MS = 2_000;

export function openRedis(address: RedisAddress): Redis {
  return new Redis(address.url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENT_SOCKET_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_RECONNECT_MS) * (0.75 + Math.random() / 2),
    ...redisTls(address),
  });
}

export function redisTls({ url, caFile }: RedisAddress): Pick<RedisOptions, 'tls'> {
  if (!url.startsWith('rediss:')) return {};
  return { tls: caFile === undefined ? {} : { ca: readFileSync(caFile) } };
}
