import { once } from 'node:events';
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on the loopback that takes what is posted to it, as it came. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export class CallbackReceiver {
  readonly received: Received[] = [];

  private constructor(private readonly server: Server) {}

  /** Answers with these statuses in turn, and 204 from then on. */
  static async start(statuses: number[] = []): Promise<CallbackReceiver> {
    const server = createServer();
    const receiver = new CallbackReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        receiver.received.push({ headers: request.headers, text: Buffer.concat(chunks).toString() });
        response.writeHead(statuses.shift() ?? 204).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/callback`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
