/**
 * One connection to a libvirt daemon's unix socket: calls with serials, as many at once as the daemon reads, messages that come by themselves, streams.
 * Promises: every call ends, by its answer, its error, its time limit or the end of the connection (LibvirtConnectionError; then nobody knows whether it was
 * carried out); a daemon that no longer answers is noticed by keepalive. Does not connect again: that is for who knows what to ask anew.
 */
import { connect, type Socket } from 'node:net';
import { CallGate } from './call-gate.js';
import { encodeFrame, type Frame, FrameSplitter, frameStatuses, frameTypes, programs } from './frame.js';
import { LibvirtConnectionError, LibvirtError } from './libvirt-error.js';
import type { Procedure } from './procedures.js';
import { fromXdr, toXdr, type Xdr } from './xdr.js';
import { KeepAlive } from './keep-alive.js';

export interface RpcOptions {
  readonly socketPath: string;
  readonly connectTimeoutMs?: number;
  /** How long a call may take, if it does not say so itself. */
  readonly callTimeoutMs?: number;
  /** So often the daemon is asked whether it lives while it says nothing; after three questions without an answer the connection ends. */
  readonly keepAliveMs?: number;
}

const REMOTE_VERSION = 1;
const CALLS_AT_ONCE = 4;
const LONGEST_QUEUE = 1_000;
/** Reached only by a connection that lives for years: serials start anew then. */
const LAST_SERIAL = 0x7fff_ffff;

interface Waiting {
  resolve(payload: Buffer): void;
  reject(error: Error): void;
}
/** Who hears of a stream's frames. */
export interface StreamListener {
  frame(frame: Frame): void;
  ended(error: Error): void;
}

export class RpcConnection {
  /** Resolves when the connection has ended, with the reason unless it was closed here. */
  readonly closed: Promise<Error | undefined>;
  private readonly splitter = new FrameSplitter();
  private readonly gate = new CallGate(CALLS_AT_ONCE, LONGEST_QUEUE);
  private readonly waiting = new Map<number, Waiting>();
  private readonly streams = new Map<number, StreamListener>();
  private readonly listeners = new Map<number, (payload: Buffer) => void>();
  private readonly keepAlive: KeepAlive;
  private lastSerial = 0;
  private end: { readonly error: Error } | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly options: RpcOptions,
  ) {
    this.keepAlive = new KeepAlive(options.keepAliveMs ?? 5_000, {
      send: (frame) => this.write(frame),
      dead: () => this.fail(new LibvirtConnectionError('libvirt no longer answers')),
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.fail(new LibvirtConnectionError('libvirt closed the connection'));
        resolve(this.end?.error === closedHere ? undefined : this.end?.error);
      });
    });
    socket.on('error', (cause) => this.fail(new LibvirtConnectionError(`the connection to libvirt broke: ${cause.message}`, { cause })));
    socket.on('data', (piece: Buffer) => this.take(piece));
  }

  static async open(options: RpcOptions): Promise<RpcConnection> {
    const socket = connect(options.socketPath);
    const timeoutMs = options.connectTimeoutMs ?? 10_000;
    await new Promise<void>((resolve, reject) => {
      const refuse = (why: string, cause?: unknown): void => {
        socket.destroy();
        reject(new LibvirtConnectionError(`libvirt is not to be reached at ${options.socketPath}: ${why}`, { cause }));
      };
      const timer = setTimeout(() => refuse(`no connection within ${timeoutMs} ms`), timeoutMs);
      socket.once('connect', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.once('error', (error) => {
        clearTimeout(timer);
        refuse(error.message, error);
      });
    });
    return new RpcConnection(socket, options);
  }

  async call<A, R>(procedure: Procedure<A, R>, args: A, timeoutMs = this.options.callTimeoutMs ?? 60_000): Promise<R> {
    const payload = toXdr(procedure.args, args);
    const answer = await this.gate.pass(() => this.ask(this.nextSerial(), procedure.number, payload, timeoutMs));
    return fromXdr(procedure.result, answer);
  }

  /** A call that opens a stream: its frames go to the listener until `closeStream`. The answer is the stream's serial. */
  async openStream<A>(procedure: Procedure<A, undefined>, args: A, listener: StreamListener): Promise<number> {
    const serial = this.nextSerial();
    this.streams.set(serial, listener);
    try {
      const payload = toXdr(procedure.args, args);
      await this.gate.pass(() => this.ask(serial, procedure.number, payload, this.options.callTimeoutMs ?? 60_000));
    } catch (error) {
      this.streams.delete(serial);
      throw error;
    }
    return serial;
  }

  /** Resolves when the socket takes more. */
  async sendToStream(serial: number, procedure: number, status: keyof typeof frameStatuses, payload: Buffer): Promise<void> {
    if (this.end !== undefined) throw this.end.error;
    const head = { program: programs.remote, version: REMOTE_VERSION, procedure, type: frameTypes.stream, serial };
    if (this.write({ head: { ...head, status: frameStatuses[status] }, payload })) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.socket.off('drain', go);
        this.socket.off('close', go);
        resolve();
      };
      this.socket.on('drain', go);
      this.socket.on('close', go);
    });
  }

  closeStream(serial: number): void {
    this.streams.delete(serial);
  }

  /** For a daemon that said that it knows keepalive. */
  keepAlong(): void {
    this.keepAlive.start();
  }

  /** One listener a message. */
  onMessage<T>(message: { readonly number: number; readonly body: Xdr<T> }, heard: (body: T) => void): void {
    this.listeners.set(message.number, (payload) => heard(fromXdr(message.body, payload)));
  }

  close(): void {
    this.fail(closedHere);
  }

  private ask(serial: number, procedure: number, payload: Buffer, timeoutMs: number): Promise<Buffer> {
    if (this.end !== undefined) return Promise.reject(this.end.error);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(serial);
        reject(new LibvirtConnectionError(`libvirt did not answer call ${procedure} within ${timeoutMs} ms`));
      }, timeoutMs);
      const settle = <T>(then: (value: T) => void) => {
        return (value: T): void => {
          clearTimeout(timer);
          then(value);
        };
      };
      this.waiting.set(serial, { resolve: settle(resolve), reject: settle(reject) });
      const head = {
        program: programs.remote,
        version: REMOTE_VERSION,
        procedure,
        type: frameTypes.call,
        serial,
        status: frameStatuses.ok,
      };
      this.write({ head, payload });
    });
  }

  private write(frame: Frame): boolean {
    return this.socket.write(encodeFrame(frame));
  }

  private nextSerial(): number {
    this.lastSerial = this.lastSerial === LAST_SERIAL ? 1 : this.lastSerial + 1;
    return this.lastSerial;
  }

  private take(piece: Buffer): void {
    try {
      for (const frame of this.splitter.push(piece)) {
        this.keepAlive.heard(frame);
        if (frame.head.program === programs.remote) this.heard(frame);
      }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.fail(new LibvirtConnectionError(`libvirt said something that cannot be read: ${why}`, { cause }));
    }
  }

  private heard(frame: Frame): void {
    const { type, serial, status, procedure } = frame.head;
    if (type === frameTypes.message) return this.listeners.get(procedure)?.(frame.payload);
    if (type === frameTypes.stream) return this.streams.get(serial)?.frame(frame);
    const asked = this.waiting.get(serial);
    // An answer that nobody waits for any more came after its time limit.
    this.waiting.delete(serial);
    if (status === frameStatuses.error) asked?.reject(LibvirtError.fromPayload(frame.payload));
    else asked?.resolve(frame.payload);
  }

  private fail(error: Error): void {
    if (this.end !== undefined) return;
    this.end = { error };
    this.keepAlive.stop();
    for (const asked of this.waiting.values()) asked.reject(error);
    for (const stream of this.streams.values()) stream.ended(error);
    this.waiting.clear();
    this.streams.clear();
    this.socket.destroy();
  }
}

const closedHere = new LibvirtConnectionError('the connection to libvirt was closed');
