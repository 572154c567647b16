import { type Socket, connect } from 'node:net';
import { keyPairOf } from '@klevr/messaging/auth/native-keys';

/**
 * A NATS connection that speaks the protocol by itself, for what an honest client never sends: a login that fails, a reply subject that belongs to
 * somebody else. Promises: what the server says is kept word by word. Does not: reconnect, or check anything before it is sent.
 */
export interface Login {
  readonly jwt?: string;
  readonly nkey?: string;
  readonly name?: string;
  /** Signs the server's nonce. */
  readonly seed: string;
}

export interface RawMessage {
  readonly subject: string;
  readonly reply: string | undefined;
  readonly body: Buffer;
}

const patienceMs = 5_000;
const newLine = Buffer.from('\r\n');

export class RawNats {
  /** What the server refused, in its own words. */
  readonly refusals: string[] = [];
  private readonly handlers = new Map<string, (message: RawMessage) => void>();
  private readonly pongs: (() => void)[] = [];
  private received = Buffer.alloc(0);
  private greet: (info: { nonce?: string }) => void = () => undefined;

  private readonly ended: Promise<never>;

  private constructor(private readonly socket: Socket) {
    this.ended = new Promise((_resolve, reject) =>
      socket.once('close', () => reject(new Error(`NATS ended the connection: ${this.refusals.join('; ')}`))),
    );
    // Where nobody waits for anything, an end is no fault.
    this.ended.catch(() => undefined);
    socket.on('data', (bytes) => this.take(bytes));
    socket.on('error', () => undefined);
  }

  /** Rejects with the server's words where it refuses the login. */
  static async connect(url: string, login: Login): Promise<RawNats> {
    const { hostname, port } = new URL(url);
    const raw = new RawNats(connect(Number(port), hostname));
    const { nonce = '' } = await inTime('the greeting of NATS', new Promise<{ nonce?: string }>((resolve) => (raw.greet = resolve)));
    const { seed, ...shown } = login;
    const sig = Buffer.from(keyPairOf(seed).sign(Buffer.from(nonce))).toString('base64url');
    raw.send(
      `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, headers: true, lang: 'raw', version: '1', protocol: 1, ...shown, sig })}`,
    );
    await raw.flush();
    return raw;
  }

  publish(subject: string, body: unknown, reply?: string): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    this.send(`PUB ${subject} ${reply === undefined ? '' : `${reply} `}${Buffer.byteLength(text)}\r\n${text}`);
  }

  async subscribe(subject: string, handler: (message: RawMessage) => void): Promise<void> {
    const id = String(this.handlers.size + 1);
    this.handlers.set(id, handler);
    this.send(`SUB ${subject} ${id}`);
    await this.flush();
  }

  /** The answer to a request, on an inbox that this connection may subscribe to. */
  async request(subject: string, body: unknown, inbox: string): Promise<RawMessage> {
    let settle: (message: RawMessage) => void = () => undefined;
    const answered = new Promise<RawMessage>((resolve) => (settle = resolve));
    await this.subscribe(inbox, settle);
    this.publish(subject, body, inbox);
    return inTime(`an answer of ${subject}`, answered);
  }

  /** The server has taken, or refused, everything that was sent so far. Rejects where it ended the connection instead. */
  async flush(): Promise<void> {
    const ponged = new Promise<void>((resolve) => this.pongs.push(resolve));
    this.send('PING');
    await inTime('the pong of NATS', Promise.race([ponged, this.ended]));
  }

  close(): void {
    this.socket.destroy();
  }

  private send(line: string): void {
    this.socket.write(`${line}\r\n`);
  }

  private take(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    for (let end = this.received.indexOf(newLine); end >= 0; end = this.received.indexOf(newLine)) {
      const [verb = '', ...words] = this.received.subarray(0, end).toString().split(' ');
      const bodyBytes = verb === 'MSG' || verb === 'HMSG' ? Number(words.at(-1)) : -1;
      const rest = end + 2 + (bodyBytes < 0 ? 0 : bodyBytes + 2);
      if (this.received.length < rest) return;
      const body = this.received.subarray(end + 2, end + 2 + Math.max(0, bodyBytes));
      this.received = this.received.subarray(rest);
      this.hear(verb, words, body);
    }
  }

  private hear(verb: string, words: string[], body: Buffer): void {
    if (verb === 'INFO') this.greet(JSON.parse(words.join(' ')) as { nonce?: string });
    else if (verb === 'PING') this.send('PONG');
    else if (verb === 'PONG') this.pongs.shift()?.();
    else if (verb === '-ERR') this.refusals.push(words.join(' '));
    else if (verb === 'MSG' || verb === 'HMSG') {
      const [subject = '', id = '', reply] = words;
      const sizes = verb === 'MSG' ? 1 : 2;
      const headerBytes = verb === 'MSG' ? 0 : Number(words.at(-2));
      this.handlers.get(id)?.({ subject, reply: words.length > 2 + sizes ? reply : undefined, body: body.subarray(headerBytes) });
    }
  }
}

const inTime = async <T>(what: string, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${patienceMs} ms`)), patienceMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};
