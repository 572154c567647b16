import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { BeaconMetrics } from './beacon-metrics.js';
import { stampView, statusView, type BeaconState } from './beacon-view.js';

/**
 * The agent's local HTTP endpoint: `/status`, `/chk-stamp` (200 while the zone's stamp is young, else 503) and `/metrics`.
 * Promises: where the port is taken the next free one is used; it only tells, and changes nothing; who holds a connection open or sends much holds nobody up.
 * Does not: ask who asks, so it listens on the loopback unless the configuration says otherwise.
 */
export interface BeaconOptions {
  readonly host: string;
  readonly port: number;
  readonly state: () => BeaconState;
}

export interface Beacon {
  readonly port: number;
  /** Where others find it: with every address listened on, the host's first one that is not the loopback. */
  readonly url: string;
  close(): void;
}

const portsTried = 200;
const maxConnections = 64;
const requestTimeoutMs = 5_000;

export const openBeacon = async ({ host, port, state }: BeaconOptions): Promise<Beacon> => {
  let loaded: Promise<BeaconMetrics> | undefined;
  // Where nobody scrapes, the library for it takes no memory.
  const metrics = (): Promise<BeaconMetrics> =>
    (loaded ??= import('./beacon-metrics.js').then(({ beaconMetrics }) => beaconMetrics(state)));
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }, (request, response) => {
    serve(request, response, state, metrics);
  });
  server.maxConnections = maxConnections;
  // Some asker that holds its connection open must not hold the agent.
  server.keepAliveTimeout = 1_000;
  const taken = await listenFrom(server, host, port);
  return {
    port: taken,
    get url() {
      return urlOf(host, taken);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const serve = (
  request: IncomingMessage,
  response: ServerResponse,
  state: () => BeaconState,
  metrics: () => Promise<BeaconMetrics>,
): void => {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(response.setHeader('allow', 'GET, HEAD'), 405, 'only GET and HEAD');
  if (Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined) {
    return refuse(response, 413, 'there is nothing to send here');
  }
  const path = request.url?.split('?')[0];
  if (path === '/status') return send(response, 200, statusView(state()));
  if (path === '/metrics') return void sendMetrics(response, metrics);
  if (path !== '/chk-stamp') return send(response, 404, { error: 'there are /status, /chk-stamp and /metrics' });
  const view = stampView(state());
  return send(response, view.healthy ? 200 : 503, view);
};

const sendMetrics = async (response: ServerResponse, metrics: () => Promise<BeaconMetrics>): Promise<void> => {
  try {
    const { text, contentType } = await metrics();
    response.writeHead(200, { 'content-type': contentType }).end(await text());
  } catch {
    send(response, 500, { error: 'the metrics could not be read' });
  }
};

/** What comes with the request is not read, so the connection ends with the answer. */
const refuse = (response: ServerResponse, status: number, error: string): void =>
  send(response.setHeader('connection', 'close'), status, { error });

const urlOf = (host: string, port: number): string => {
  const shown = host === '0.0.0.0' || host === '::' ? (outerAddress() ?? '127.0.0.1') : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
};

/** IPv4 before IPv6; addresses of the link alone are of no use to others. */
const outerAddress = (): string | undefined => {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outer = found.filter(({ internal, address }) => !internal && !address.startsWith('fe80:') && !address.startsWith('169.254.'));
  return (outer.find(({ family }) => family === 'IPv4') ?? outer[0])?.address;
};

const listenFrom = async (server: Server, host: string, first: number): Promise<number> => {
  const last = Math.min(first === 0 ? 0 : first + portsTried - 1, 65_535);
  for (let port = first; port <= last; port += 1) {
    if (await listens(server, host, port)) return (server.address() as AddressInfo).port;
  }
  throw new Error(`no free port for the beacon from ${first} to ${last}`);
};

const listens = (server: Server, host: string, port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    };
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve(true);
    });
  });

const send = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
};
