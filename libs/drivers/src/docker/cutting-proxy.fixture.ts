import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';

/** A way to the Docker Engine that ends before the n-th request that changes something, as if the worker was killed there: nothing gets through from then on. */
export class CuttingProxy {
  private constructor(
    private readonly server: Server,
    readonly socket: string,
    private readonly state: { asked: number },
  ) {}

  static async open(engineSocket: string, socket: string, place: number): Promise<CuttingProxy> {
    const state = { asked: 0 };
    const server = createServer((asked, answer) => {
      if (asked.method !== 'GET' && asked.method !== 'HEAD') state.asked += 1;
      if (state.asked >= place) asked.socket.destroy();
      else pass(asked, answer, engineSocket);
    });
    server.listen(socket);
    await once(server, 'listening');
    return new CuttingProxy(server, socket, state);
  }

  /** How many requests were to change something. */
  get asked(): number {
    return this.state.asked;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const pass = (asked: IncomingMessage, answer: ServerResponse, socketPath: string): void => {
  const { method, url, headers } = asked;
  const onward = request({ socketPath, method, path: url, headers, agent: false }, (answered) => {
    answer.writeHead(answered.statusCode ?? 500, answered.headers);
    answered.pipe(answer);
  });
  onward.on('error', () => asked.socket.destroy());
  answer.on('close', () => onward.destroy());
  asked.pipe(onward);
};
