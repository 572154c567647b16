/**
 * Checks a NATS that somebody else runs by the INFO line that every server sends first, over plain TCP. Promises one clear line for each
 * fault. Does not log in by itself: the caller gives `login`, which knows the keys; does not look behind a proxy that speaks TLS first.
 */
import { createConnection } from 'node:net';
import { neededPayloadBytes } from '@klevr/messaging/payload-limit';
import { z } from 'zod';
import { CONNECT_TIMEOUT_MS, parseServerUrl, unreachable } from './external-url.js';
import { ServerProblemError } from './server-problem.error.js';
import { isAtLeast, MIN_VERSIONS } from './server-version.js';
import { errorLine } from './system-error.js';

const VARIABLE = 'KLEVR_NATS_URL';
const MAX_INFO_BYTES = 64 * 1024;
const Info = z.object({ version: z.string(), jetstream: z.boolean().default(false), max_payload: z.number().optional() });

export interface ExternalNatsOptions {
  url: string;
  /** Tries to log in with this installation's keys; rejects if the server refuses them. */
  login?: (url: string) => Promise<void>;
}

export async function checkExternalNats({ url, login }: ExternalNatsOptions): Promise<void> {
  const address = parseServerUrl({ server: 'nats-server', variable: VARIABLE, url, protocols: ['nats:', 'tls:'], defaultPort: 4222 });
  const line = await readInfoLine(address.host, address.port).catch((error: unknown) => {
    throw unreachable('nats-server', VARIABLE, address, error);
  });
  const info = Info.safeParse(parseInfo(line));
  if (!info.success) {
    throw new ServerProblemError('nats-server', `${address.shown} answers, but is no NATS server.`, `Correct ${VARIABLE}.`);
  }
  const { version, jetstream, max_payload: maxPayload } = info.data;
  const minimum = MIN_VERSIONS['nats-server'];
  if (!isAtLeast(version, minimum)) {
    throw new ServerProblemError(
      'nats-server',
      `${address.shown} runs ${version}, which is too old.`,
      `Upgrade it to ${minimum} or newer.`,
    );
  }
  if (!jetstream) {
    const cure = 'Start it with the configuration that `npm run nats:init` writes.';
    throw new ServerProblemError('nats-server', `${address.shown} runs without JetStream.`, cure);
  }
  if (maxPayload !== undefined && maxPayload < neededPayloadBytes) {
    const cure = 'Set `max_payload: 8MB` in its configuration, or start it with the one that `npm run nats:init` writes.';
    throw new ServerProblemError('nats-server', `${address.shown} takes messages of ${maxPayload} bytes at most.`, cure);
  }
  await login?.(url).catch((error: unknown) => {
    const cure = 'Start it with the configuration that `npm run nats:init` writes.';
    throw new ServerProblemError('nats-server', `${address.shown} refuses Klevr's keys (${errorLine(error)}).`, cure, { cause: error });
  });
}

function readInfoLine(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, timeout: CONNECT_TIMEOUT_MS });
    let text = '';
    const settle = (end: () => void): void => {
      socket.destroy();
      end();
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n');
      if (end >= 0 || text.length > MAX_INFO_BYTES) settle(() => resolve(text.slice(0, Math.max(end, 0))));
    });
    socket.on('timeout', () => settle(() => reject(new Error('no answer in time'))));
    socket.on('error', (error) => settle(() => reject(error)));
    socket.on('close', () => resolve(text));
  });
}

function parseInfo(line: string): unknown {
  if (!line.startsWith('INFO ')) return undefined;
  try {
    return JSON.parse(line.slice('INFO '.length)) as unknown;
  } catch {
    return undefined;
  }
}
