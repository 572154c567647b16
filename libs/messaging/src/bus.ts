import {
  connect,
  type ConnectionOptions,
  type NatsConnection,
  type Status,
  type Subscription as NatsSubscription,
} from '@nats-io/transport-node';
import type { ConnectionId } from '@klevr/contracts/presence';
import { messageHeaders } from '@klevr/contracts/contract';
import { credsLogin } from './auth/creds-authenticator.js';
import { DisconnectedError, MessageTooLargeError } from './bus-errors.js';
import { envelope, incoming, type Incoming } from './message.js';
import { payloadFaultOf } from './payload-limit.js';
import { natsTlsOptions, TlsSilenceError, type NatsTls } from './nats-tls.js';
import { RequestMux, type InboxFor, type InboxOwner } from './request-mux.js';
import { withTrace } from './trace.js';

/**
 * One connection to NATS, without any framework.
 * Promises: it reconnects for ever, also after authorization errors, looking the names up anew each time; a request under way when the
 * connection breaks fails at once; every message carries the envelope headers. Does not: keep what is published while disconnected —
 * `publish` answers false then, and what must arrive has to be a spooled request. A service does not begin on a server that takes too small messages.
 */
export interface BusOptions {
  /** `nats://host:port`, several for a cluster. */
  readonly servers: readonly string[];
  /** Shown in the server's own listings; never trusted. */
  readonly name: string;
  /** Text of a credentials file; asked again at every connect, so a renewed one is used by the next. */
  readonly credentials: () => string;
  readonly owner: InboxOwner;
  /** Wait for the first connection for ever (true) or fail within the time-out (false). */
  readonly waitOnFirstConnect?: boolean;
  readonly connectTimeoutMs?: number;
  /** TLS is used where one of these is given or an address begins with `tls://`; the server's certificate and its name are always verified. */
  readonly tls?: NatsTls | undefined;
  /** Told once, where the first connection does not come at once and is waited for. */
  readonly onWaiting?: (error: unknown) => void;
  /** Requests of one turn of the event loop leave in one write, for who sends thousands a second; what is published after one may leave before it. */
  readonly gatherRequests?: boolean;
}

export type BusStatus = 'connected' | 'disconnected' | 'closed';
export type BusListener = (status: BusStatus) => void;

export interface Subscription {
  unsubscribe(): void;
}

const encoder = new TextEncoder();
/** More than the headers of an envelope ever take; they count towards the server's limit. */
const headerBytes = 1_024;
const emptyBytes = new Uint8Array(0);

const bytesOf = (body: unknown): Uint8Array =>
  body === undefined ? emptyBytes : body instanceof Uint8Array ? body : encoder.encode(JSON.stringify(body));

export class Bus {
  private readonly mux: RequestMux;
  private readonly listeners = new Set<BusListener>();
  private readonly errorListeners = new Set<(error: Error) => void>();
  private up = true;

  private constructor(
    /** For this package only. */
    readonly connection: NatsConnection,
    owner: InboxOwner,
    gatherRequests = false,
  ) {
    this.mux = new RequestMux(connection, owner, gatherRequests);
    void this.watch();
  }

  static async connect(options: BusOptions): Promise<Bus> {
    const connection = await dial(options);
    const bus = new Bus(connection, options.owner, options.gatherRequests);
    // A service could not do its work; an agent does what it can.
    const fault = 'service' in options.owner ? bus.limitFault : undefined;
    if (fault === undefined) return bus;
    await bus.close();
    throw fault;
  }

  get connected(): boolean {
    return this.up;
  }

  /** Where the server takes only smaller messages than Klevr needs. Told as an error at each reconnect as well. */
  get limitFault(): Error | undefined {
    return payloadFaultOf(this.connection.info?.max_payload);
  }

  /** How `$SYS` events name this connection, or undefined while disconnected. */
  get connectionId(): ConnectionId | undefined {
    const info = this.connection.info;
    return this.up && info ? { serverId: info.server_id, clientId: info.client_id } : undefined;
  }

  onStatus(listener: BusListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Errors that the server reports by themselves, such as a permission that is missing. */
  onError(listener: (error: Error) => void): () => void {
    this.errorListeners.add(listener);
    return () => this.errorListeners.delete(listener);
  }

  /** Sends and forgets; false means that it was not sent because the connection is away. */
  publish(subject: string, schema: string, body: unknown, version = 1): boolean {
    if (!this.up) return false;
    this.connection.publish(subject, this.fitting(body), { headers: envelope(schema, version) });
    return true;
  }

  /** An answer: same as publish, on the reply subject that the caller has checked. Both throw MessageTooLargeError. */
  respond(reply: string, body: unknown): boolean {
    // While it drains, the client takes nothing more; who asked asks again.
    if (!this.up || this.connection.isDraining()) return false;
    this.connection.publish(reply, this.fitting(body));
    return true;
  }

  /**
   * Calls `handler` for each message, under the message's own trace. A handler must not throw; what it throws ends the process as any
   * unhandled error does.
   */
  subscribe(subject: string, handler: (message: Incoming) => unknown, options: { queue?: string } = {}): Subscription {
    const subscription: NatsSubscription = this.connection.subscribe(subject, {
      ...(options.queue === undefined ? {} : { queue: options.queue }),
      callback: (error, message) => {
        if (error) this.report(error);
        else withTrace(message.headers?.get(messageHeaders.traceparent), () => void handler(incoming(message)));
      },
    });
    return { unsubscribe: () => subscription.unsubscribe() };
  }

  /**
   * One question, one answer. Throws NoResponderError (nobody subscribes), MessageTooLargeError (not sent), RequestTimeoutError or
   * DisconnectedError (fate unknown).
   */
  async request(
    subject: string,
    schema: string,
    body: unknown,
    options: { inbox: InboxFor; timeoutMs: number; version?: number; id?: string; headers?: Readonly<Record<string, string>> },
  ): Promise<Incoming> {
    if (!this.up) throw new DisconnectedError();
    const headers = envelope(schema, options.version ?? 1, options.id);
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    return incoming(await this.mux.request(subject, this.fitting(body), headers, options.inbox, options.timeoutMs));
  }

  /** Resolves when the server has everything that was sent so far, subscriptions included. */
  flush(): Promise<void> {
    return this.connection.flush();
  }

  /** Ends the connection and dials again at once, with fresh credentials. */
  async reconnect(): Promise<void> {
    await this.connection.reconnect();
  }

  /** Stops taking messages, sends what is left, closes. */
  async drain(): Promise<void> {
    if (!this.connection.isClosed()) await this.connection.drain();
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  /** The bytes of a body, if the server takes that many besides the headers. */
  private fitting(body: unknown): Uint8Array {
    const bytes = bytesOf(body);
    const maxBytes = (this.connection.info?.max_payload ?? Infinity) - headerBytes;
    if (bytes.length > maxBytes) throw new MessageTooLargeError(bytes.length, maxBytes);
    return bytes;
  }

  private async watch(): Promise<void> {
    for await (const status of this.connection.status()) this.onNatsStatus(status);
    this.change('closed');
  }

  private onNatsStatus(status: Status): void {
    if (status.type === 'disconnect') this.change('disconnected');
    else if (status.type === 'reconnect') this.onReconnect();
    else if (status.type === 'error') this.report(status.error);
  }

  private onReconnect(): void {
    if (this.limitFault !== undefined) this.report(this.limitFault);
    this.change('connected');
  }

  private change(status: BusStatus): void {
    const up = status === 'connected';
    if (up === this.up && status !== 'closed') return;
    this.up = up;
    if (!up) this.mux.failAll(new DisconnectedError());
    for (const listener of this.listeners) listener(status);
  }

  private report(error: Error): void {
    for (const listener of this.errorListeners) listener(error);
  }
}

const dial = async (options: BusOptions): Promise<NatsConnection> => {
  const settings: ConnectionOptions = {
    servers: [...options.servers],
    name: options.name,
    authenticator: credsLogin(options.credentials),
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    reconnectJitterTLS: 100,
    pingInterval: 5_000,
    maxPingOut: 2,
    timeout: options.connectTimeoutMs ?? 5_000,
    resolve: false,
    inboxPrefix:
      'service' in options.owner ? `_INBOX.svc.${options.owner.service}` : `_INBOX.${options.owner.zone}.${options.owner.agent}.peer`,
    ...natsTlsOptions(options.servers, options.tls),
  };
  try {
    return await connect({ ...settings, waitOnFirstConnect: false });
  } catch (error) {
    const told = settings.tls && isTimeout(error) ? new TlsSilenceError(error) : error;
    if (options.waitOnFirstConnect === false) throw told;
    options.onWaiting?.(told);
    return connect({ ...settings, waitOnFirstConnect: true });
  }
};

const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError';
