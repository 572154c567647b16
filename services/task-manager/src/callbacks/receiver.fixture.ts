import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@klevr/testing/eventually';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly at: number;
}

export type AnswerWith = (response: ServerResponse) => void;

export const status =
  (code: number, headers: Record<string, string> = {}): AnswerWith =>
  (response) =>
    void response.writeHead(code, headers).end();

/** Never answers. */
export const hang: AnswerWith = () => undefined;

/** A server on the loopback that takes what is posted to it, and answers as the test says. */
export class Receiver {
  readonly received: Received[] = [];
  /** By path, what is answered in turn; 204 from then on. */
  readonly answers = new Map<string, AnswerWith[]>();
  /** What is answered to everything else. */
  usual: AnswerWith = status(204);

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        receiver.received.push({ path, headers: request.headers, text: Buffer.concat(chunks).toString(), at: performance.now() });
        (receiver.answers.get(path)?.shift() ?? receiver.usual)(response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  at(path: string): Received[] {
    return this.received.filter((one) => one.path === path);
  }

  /** The posts to a path, once there are so many. */
  on(path: string, count: number, withinMs = 15_000): Promise<Received[]> {
    return eventually(`${count} posts to ${path}`, withinMs, () => {
      const found = this.at(path);
      return found.length >= count ? found : undefined;
    });
  }

  /** What was posted to a path, read. */
  bodies(path: string): Body[] {
    return this.at(path).map(({ text }) => JSON.parse(text) as Body);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export interface Body {
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly task?: { id: string; status: string; name: string; runs: object; finishedAt: string | null };
    readonly runs?: {
      id: string;
      status: string;
      output: string | null;
      steps: { phase: string; index: number; name: string; outcome: string; output: string | null }[];
    }[];
    readonly run?: { id: string; status: string; output: string | null };
    readonly step?: { name: string; index: number; outcome: string; output: string | null; runId: string; tries: number };
    readonly event?: { id: string; type: string; subjectId: string; zoneId: string };
    readonly shortened?: boolean;
  };
}
