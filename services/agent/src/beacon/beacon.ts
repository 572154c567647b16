import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beaconMetrics } from './beacon-metrics.js';
import { stampView, statusView, type BeaconState } from './beacon-view.js';

/**
 * The agent's local HTTP endpoint: `/status`, `/chk-stamp` (200 while the zone's stamp is young, else 503) and `/metrics`.
 * Promises: where the port is taken the next free one is used; it only tells, and changes nothing. Does not: ask who asks, so it listens on the loopback unless
 * the configuration says otherwise.
 */
export interface BeaconOptions {
  readonly host: string;
  readonly port: number;
  readonly state: () => BeaconState;
}

export interface Beacon {
  readonly port: number;
  readonly url: string;
  close(): void;
}

const portsTried = 200;

export const openBeacon = async ({ host, port, state }: BeaconOptions): Promise<Beacon> => {
  const metrics = beaconMetrics(state);
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, { error: 'only GET' });
    if (path === '/status') return send(response, 200, statusView(state()));
    if (path === '/metrics') {
      void metrics.metrics().then((text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text));
      return;
    }
    if (path !== '/chk-stamp') return send(response, 404, { error: 'there are /status, /chk-stamp and /metrics' });
    const view = stampView(state());
    return send(response, view.healthy ? 200 : 503, view);
  });
  // Some asker that holds its connection open must not hold the agent.
  server.keepAliveTimeout = 1_000;
  const taken = await listenFrom(server, host, port);
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return {
    port: taken,
    url: `http://${shown.includes(':') ? `[${shown}]` : shown}:${taken}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
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
