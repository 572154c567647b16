import { ServerProblemError } from './server-problem.error.js';
import { errorCode, errorLine } from './system-error.js';

export const CONNECT_TIMEOUT_MS = 5_000;

export interface ServerAddress {
  host: string;
  port: number;
  /** Host and port, without credentials: safe to print. */
  shown: string;
}

type ServerName = ServerProblemError['server'];

export function parseServerUrl(given: {
  server: ServerName;
  variable: string;
  url: string;
  protocols: string[];
  defaultPort: number;
}): ServerAddress {
  // Of a list of servers the first speaks for all.
  const url = URL.canParse(given.url.split(',')[0] ?? '') ? new URL(given.url.split(',')[0] ?? '') : undefined;
  if (url === undefined || !given.protocols.includes(url.protocol) || url.hostname === '') {
    const form = `${given.protocols[0] ?? ''}//user:password@host:${given.defaultPort}`;
    throw new ServerProblemError(given.server, `${given.variable} is not such an address.`, `Write it as ${form}`);
  }
  const port = url.port === '' ? given.defaultPort : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, shown: `${url.hostname}:${port}` };
}

export function unreachable(server: ServerName, variable: string, address: ServerAddress, cause: unknown): ServerProblemError {
  const reason = errorCode(cause) ?? errorLine(cause);
  return new ServerProblemError(server, `${address.shown} cannot be reached (${reason}).`, `Start it or correct ${variable}.`, { cause });
}
