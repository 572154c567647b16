import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StateKeeper } from '../driver.js';

/**
 * Terraform's own `http` backend on loopback, in front of the state that the centre keeps.
 * Promises: only who knows the random password of this session reads or writes; what is answered as written is with the centre; this writes nothing of
 * the state to a disk of this host (terraform does: into its plan, and where nobody took the state). Does not: merge; the centre's lock is held for as long as this is open.
 */
const largestBytes = 64 * 1024 * 1024;
const user = 'klevr';

export class StateServer {
  private holder: string | undefined;

  private constructor(
    private readonly server: Server,
    private readonly keeper: StateKeeper,
    private readonly password: string,
    private state: Buffer | undefined,
  ) {}

  /** Throws CONFLICT where another worker holds the state. */
  static async open(keeper: StateKeeper): Promise<StateServer> {
    const state = await keeper.lock();
    const server = createServer();
    const opened = new StateServer(server, keeper, randomBytes(24).toString('base64url'), state);
    server.on('request', (request, response) => void opened.answer(request, response));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return opened;
  }

  get environment(): Record<string, string> {
    const address = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/state`;
    return {
      ...{ TF_HTTP_ADDRESS: address, TF_HTTP_LOCK_ADDRESS: address, TF_HTTP_UNLOCK_ADDRESS: address },
      ...{ TF_HTTP_USERNAME: user, TF_HTTP_PASSWORD: this.password },
      // What is asked again and again until the centre answers is asked by this server, not by terraform.
      TF_HTTP_RETRY_MAX: '0',
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
    await this.keeper.unlock();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const end = (status: number, body: Buffer | string = ''): void => void response.writeHead(status).end(body);
    try {
      if (!this.isOurs(request.headers.authorization ?? '')) return end(401);
      const body = await bytesOf(request);
      if (request.method === 'GET') return this.state === undefined ? end(204) : end(200, this.state);
      if (request.method === 'LOCK') return this.take(body.toString()) ? end(200) : end(423, this.holder);
      if (request.method === 'UNLOCK') return this.give(end);
      if (request.method !== 'POST') return end(405);
      await this.keeper.write(body);
      this.state = body;
      return end(200);
    } catch (error) {
      return end(500, error instanceof Error ? error.message : String(error));
    }
  }

  private take(lock: string): boolean {
    if (this.holder !== undefined) return false;
    this.holder = lock;
    return true;
  }

  private give(end: (status: number) => void): void {
    this.holder = undefined;
    end(200);
  }

  private isOurs(authorization: string): boolean {
    const [given, wanted] = [
      Buffer.from(authorization),
      Buffer.from(`Basic ${Buffer.from(`${user}:${this.password}`).toString('base64')}`),
    ];
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
}

const bytesOf = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += (piece as Buffer).length;
    if (bytes > largestBytes) throw new Error(`a state of more than ${largestBytes} bytes is not kept`);
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
};
