import { join } from 'node:path';
import { findFreePort } from '@klevr/launcher/free-ports';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startNats } from '@klevr/launcher/private-nats';
import type { PrivateServer } from '@klevr/launcher/private-server';
import { findServers } from '@klevr/launcher/server-binaries';
import { type NatsIdentity, createNatsIdentity } from '@klevr/messaging/auth/nats-identity';
import { writeNatsConfig } from './nats-config-file.js';

/**
 * Real nats-servers that form one cluster on the loopback, with the configuration of an installation.
 * Promises: each has its own store and keeps its address when it is started again. Does not: wait until JetStream has a leader.
 */
const clusterName = 'klevr-test';

export class NatsCluster {
  private constructor(
    readonly identity: NatsIdentity,
    private readonly servers: Map<string, PrivateServer>,
    private readonly starts: Map<string, () => Promise<PrivateServer>>,
  ) {}

  static async start(folder: string, size = 3): Promise<NatsCluster> {
    const { nats: program } = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress: () => undefined });
    const identity = createNatsIdentity();
    const routePorts = await Promise.all(Array.from({ length: size }, () => findFreePort()));
    const routes = routePorts.map((port) => `nats-route://127.0.0.1:${port}`).join(', ');
    const starts = new Map<string, () => Promise<PrivateServer>>();
    for (const [index, routePort] of routePorts.entries()) {
      const name = `nats-${index + 1}`;
      const more = `cluster {\n  name: ${clusterName}\n  listen: "127.0.0.1:${routePort}"\n  routes: [${routes}]\n}\n`;
      const configFile = await writeNatsConfig(folder, { name, identity, more });
      starts.set(name, () => startNats({ program, dir: join(folder, name), configFile, name }));
    }
    const cluster = new NatsCluster(identity, new Map(), starts);
    try {
      await Promise.all([...starts.keys()].map((name) => cluster.startOne(name)));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get names(): string[] {
    return [...this.starts.keys()];
  }

  /** Of one server, or of all in one list. */
  url(name?: string): string {
    return [...this.servers].flatMap(([each, { url }]) => (name === undefined || name === each ? [url] : [])).join(',');
  }

  async startOne(name: string): Promise<void> {
    const start = this.starts.get(name);
    if (start === undefined) throw new Error(`there is no server ${name}`);
    const before = this.servers.get(name)?.url;
    const server = await start();
    this.servers.set(name, server);
    if (before !== undefined && before !== server.url) throw new Error(`the port of ${name} was taken by another program meanwhile`);
  }

  async kill(name: string): Promise<void> {
    const server = this.servers.get(name);
    if (server === undefined) throw new Error(`there is no server ${name}`);
    server.kill('SIGKILL');
    await server.exited;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.stop()));
  }
}
