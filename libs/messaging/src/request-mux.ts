import { randomBytes, randomFillSync } from 'node:crypto';
import type { Msg, NatsConnection, MsgHdrs } from '@nats-io/transport-node';
import { inboxes } from '@klevr/contracts/subjects';
import { NoResponderError, RequestTimeoutError } from './bus-errors.js';

/**
 * Request and reply on inboxes of our own making.
 * Promises: the reply subject ends in 128 random bits and is compared whole, so nobody who may publish near it can answer for another;
 * a request that nobody subscribes to fails at once. Does not: retry.
 * With `gather`, the requests of one turn of the event loop leave together, in one write: then what is published after a request may leave before it.
 */
/** `system`: a connection of the system account, which reaches no agents. */
export type InboxOwner = { readonly service: string; readonly system?: boolean } | { readonly zone: string; readonly agent: string };
export type InboxFor = { to: 'centre' } | { to: 'peer' } | { to: 'service' } | { to: 'agent'; zone: string; agent: string };

const asksAgents: ReadonlySet<string> = new Set(['scheduler', 'task-manager']);

interface Waiting {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly reply: string;
  readonly headers: MsgHdrs;
}

interface Pending {
  resolve(message: Msg): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** 128 bits from the system's generator, which is asked for many tokens at once. */
const pool = { bytes: Buffer.alloc(16 * 256), used: 16 * 256 };
const newToken = (): string => {
  if (pool.used === pool.bytes.length) {
    randomFillSync(pool.bytes);
    pool.used = 0;
  }
  pool.used += 16;
  return pool.bytes.toString('hex', pool.used - 16, pool.used);
};

export class RequestMux {
  private readonly pending = new Map<string, Pending>();
  private readonly replica = randomBytes(16).toString('hex');
  private gathered: Waiting[] = [];

  constructor(
    private readonly connection: NatsConnection,
    private readonly owner: InboxOwner,
    private readonly gather = false,
  ) {
    for (const subject of this.subscriptions()) {
      connection.subscribe(subject, { callback: (error, message) => (error ? undefined : this.settle(message)) });
    }
  }

  request(subject: string, body: Uint8Array, headers: MsgHdrs, inbox: InboxFor, timeoutMs: number): Promise<Msg> {
    const reply = this.replySubject(inbox);
    return new Promise<Msg>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(reply);
        reject(new RequestTimeoutError(subject, timeoutMs));
      }, timeoutMs);
      this.pending.set(reply, { resolve, reject, timer });
      if (this.gather) this.sendTogether({ subject, body, reply, headers });
      else this.send({ subject, body, reply, headers });
    });
  }

  /** Ends every waiting request with this error: a lost connection answers nobody. */
  failAll(error: Error): void {
    for (const waiting of this.pending.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(error);
    }
    this.pending.clear();
  }

  private sendTogether(request: Waiting): void {
    if (this.gathered.push(request) > 1) return;
    setImmediate(() => {
      const requests = this.gathered;
      this.gathered = [];
      // What has failed meanwhile must not be sent after all.
      for (const one of requests) if (this.pending.has(one.reply)) this.send(one);
    });
  }

  private send({ subject, body, reply, headers }: Waiting): void {
    try {
      this.connection.publish(subject, body, { reply, headers });
    } catch (error) {
      const waiting = this.pending.get(reply);
      this.pending.delete(reply);
      clearTimeout(waiting?.timer);
      waiting?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private subscriptions(): string[] {
    return 'service' in this.owner
      ? [
          inboxes.service.wildcard({ service: this.owner.service, replica: this.replica }),
          ...(this.owner.system !== true && asksAgents.has(this.owner.service)
            ? [inboxes.centreAwaitsAgent.wildcard({ replica: this.replica })]
            : []),
        ]
      : [inboxes.agentAwaitsCentre.wildcard(this.owner), inboxes.agentAwaitsPeer.wildcard(this.owner)];
  }

  private replySubject(inbox: InboxFor): string {
    const token = newToken();
    if ('service' in this.owner) {
      if (inbox.to === 'agent')
        return inboxes.centreAwaitsAgent.build({ zone: inbox.zone, agent: inbox.agent, replica: this.replica, token });
      return inboxes.service.build({ service: this.owner.service, replica: this.replica, token });
    }
    return (inbox.to === 'peer' ? inboxes.agentAwaitsPeer : inboxes.agentAwaitsCentre).build({ ...this.owner, token });
  }

  private settle(message: Msg): void {
    const waiting = this.pending.get(message.subject);
    if (waiting === undefined) return;
    this.pending.delete(message.subject);
    clearTimeout(waiting.timer);
    if (message.data.length === 0 && message.headers?.code === 503) waiting.reject(new NoResponderError());
    else waiting.resolve(message);
  }
}
