import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrame, type Frame, FrameSplitter, frameStatuses, frameTypes, programs } from './frame.js';

/** A daemon that says what a test wants, for what a real one does only when it is ill. */
export class FakeDaemon {
  readonly heard: Frame[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly folder: string,
    private readonly server: Server,
  ) {}

  static async start(answer: (frame: Frame, daemon: FakeDaemon) => void): Promise<FakeDaemon> {
    const server = createServer();
    const daemon = new FakeDaemon(await mkdtemp(join(tmpdir(), 'kf-')), server);
    server.on('connection', (socket) => {
      const splitter = new FrameSplitter();
      daemon.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (piece: Buffer) => {
        for (const frame of splitter.push(piece)) {
          daemon.heard.push(frame);
          answer(frame, daemon);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(daemon.socketPath, resolve));
    return daemon;
  }

  get socketPath(): string {
    return join(this.folder, 's');
  }

  reply({ head }: Frame, payload: Buffer, status: keyof typeof frameStatuses = 'ok'): void {
    this.send({
      head: { ...head, type: head.type === frameTypes.stream ? frameTypes.stream : frameTypes.reply, status: frameStatuses[status] },
      payload,
    });
  }

  say(program: keyof typeof programs, procedure: number): void {
    const head = { program: programs[program], version: 1, procedure, type: frameTypes.message, serial: 0, status: frameStatuses.ok };
    this.send({ head, payload: Buffer.alloc(0) });
  }

  raw(bytes: Buffer): void {
    for (const socket of this.sockets) socket.write(bytes);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
    await rm(this.folder, { recursive: true, force: true });
  }

  private send(frame: Frame): void {
    this.raw(encodeFrame(frame));
  }
}
