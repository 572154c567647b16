import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { earlyState } from '@klevr/agent-runtime/beacon/beacon-view';
import { openBeacon, type Beacon } from '@klevr/agent-runtime/beacon/beacon';

/** What a stack watches, and whom it tells: beacons of agents, a gateway's list of them, and somebody who receives alerts. */
export interface Notification {
  readonly status: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
  /** How the sender proved who it is. */
  readonly authorization: string;
}

export class MonitoredZone {
  readonly received: Notification[] = [];

  private constructor(
    private readonly server: Server,
    private readonly beacons: Map<string, Beacon>,
    readonly token: string,
  ) {}

  static async open(agents: readonly string[], token: string): Promise<MonitoredZone> {
    const beacons = new Map<string, Beacon>();
    for (const agent of agents) {
      const identity = { agentId: agent, zoneId: 'zone_1', zoneName: 'seoul', userJwt: 'jwt' };
      beacons.set(
        agent,
        await openBeacon({ host: '127.0.0.1', port: 0, state: () => earlyState(identity, { uptimeSeconds: 1, centreMs: 1 }) }),
      );
    }
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const zone = new MonitoredZone(server, beacons, token);
    server.on('request', (request, response) => {
      const answer = request.url?.startsWith('/alerts') ? zone.receive(request) : Promise.resolve(zone.targets(request));
      void answer.then(({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
    });
    return zone;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Its host is gone, though the gateway knows it still. */
  loseAgent(agent: string): void {
    this.beacons.get(agent)?.close();
  }

  firing(name: string): Notification | undefined {
    return this.received.find(({ alerts }) => alerts.some(({ status, labels }) => status === 'firing' && labels['alertname'] === name));
  }

  async close(): Promise<void> {
    for (const beacon of this.beacons.values()) beacon.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** As `GET /api/v1/prometheus/targets` answers. */
  private targets({ headers }: IncomingMessage): { status: number; body: unknown } {
    if (headers.authorization !== `Bearer ${this.token}`) return { status: 401, body: { code: 'UNAUTHENTICATED' } };
    const body = [...this.beacons].map(([agent, { port }]) => ({
      targets: [`127.0.0.1:${port}`],
      labels: {
        ...{ __scheme__: 'http', __meta_klevr_agent: agent, __meta_klevr_zone: 'seoul', __meta_klevr_zone_id: 'zone_1' },
        ...{ __meta_klevr_status: 'online', __meta_klevr_primary: 'false', __meta_klevr_drained: 'false', __meta_klevr_hostname: agent },
      },
    }));
    return { status: 200, body };
  }

  private async receive(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const told = JSON.parse(Buffer.concat(chunks).toString()) as Omit<Notification, 'authorization'>;
    this.received.push({ ...told, authorization: request.headers.authorization ?? '' });
    return { status: 200, body: {} };
  }
}
