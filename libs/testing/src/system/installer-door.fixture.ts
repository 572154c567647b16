import { createHash } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before a gateway, under an address of its own, and can give other files than the gateway has. */
export class InstallerDoor {
  /** Awaited before a request is answered. */
  before: (path: string) => Promise<void> = () => Promise.resolve();
  private readonly instead = new Map<string, Buffer>();

  private constructor(
    private readonly gateway: URL,
    private readonly server: Server,
  ) {
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) => {
      void this.before(asked.url ?? '/').then(() => this.pass(asked, answer));
    });
  }

  static async open(gatewayOrigin: string): Promise<InstallerDoor> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new InstallerDoor(new URL(gatewayOrigin), server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** An agent that is another file and does the same, with the checksum that belongs to it or, where told so, the old one. */
  async serveOtherAgent(mark: string, { checksum }: { readonly checksum: 'right' | 'wrong' }): Promise<void> {
    const answer = await fetch(`${this.gateway.origin}/downloads/klevr-agent.mjs`, { signal: AbortSignal.timeout(10_000) });
    const agent = Buffer.concat([Buffer.from(await answer.arrayBuffer()), Buffer.from(`//${mark}\n`)]);
    const digest = createHash('sha256').update(agent).digest('hex');
    this.serve('/downloads/klevr-agent.mjs', agent);
    if (checksum === 'right') this.serve('/downloads/klevr-agent.mjs.sha256', Buffer.from(`${digest}  klevr-agent.mjs\n`));
    else this.instead.delete('/downloads/klevr-agent.mjs.sha256');
  }

  serve(path: string, bytes: Buffer): void {
    this.instead.set(path, bytes);
  }

  serveWhatThereIs(): void {
    this.instead.clear();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { url = '/', method, headers } = asked;
    const other = this.instead.get(url);
    if (other !== undefined) {
      answer.end(other);
      return;
    }
    const { hostname, port } = this.gateway;
    const onward = request({ hostname, port, path: url, method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    onward.once('error', () => answer.destroy());
    asked.pipe(onward);
  }
}
