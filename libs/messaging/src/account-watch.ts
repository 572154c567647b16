import { z } from 'zod';
import type { ConnectionId } from '@klevr/contracts/presence';
import { systemSubjects } from '@klevr/contracts/subjects';
import type { Bus, Subscription } from './bus.js';
import type { Incoming } from './message.js';

/**
 * Who connects to our account and who is cut off, as the NATS server itself tells a user of its system account.
 * Promises: `user` is the public key that the server authenticated, never what a client says of itself; failed logins are not told. Does not:
 * tell what happened while this connection was away, nor about connections to a server that stopped (it tells nobody then).
 */
export interface AccountConnection {
  readonly conn: ConnectionId;
  /** The public nkey of the authenticated user. */
  readonly user: string;
}

const ConnectionEvent = z.object({
  server: z.object({ id: z.string() }),
  client: z.object({ id: z.number().int(), acc: z.string(), user: z.string() }),
});

const Connections = z.object({
  data: z.object({
    server_id: z.string(),
    total: z.number().int(),
    connections: z
      .array(z.object({ cid: z.number().int(), account: z.string().optional(), authorized_user: z.string().optional() }))
      .nullish(),
  }),
});

/** With their tokens, a page of these stays well below the largest message. */
const pageSize = 512;
const timeoutMs = 2_000;

export class AccountWatch {
  /** `bus` is a connection of a user of the system account; `account` is the public key of ours. */
  constructor(
    private readonly bus: Bus,
    private readonly account: string,
  ) {}

  onConnect(listener: (connection: AccountConnection) => void): Subscription {
    return this.listen(systemSubjects.connected.build({ account: this.account }), listener);
  }

  onDisconnect(listener: (connection: AccountConnection) => void): Subscription {
    return this.listen(systemSubjects.disconnected.build({ account: this.account }), listener);
  }

  /** The user that is authenticated on this connection now, if there is one of our account. */
  async userOf({ serverId, clientId }: ConnectionId): Promise<string | undefined> {
    const { connections } = await this.page(serverId, { cid: clientId });
    return connections.find(({ conn }) => conn.clientId === clientId)?.user;
  }

  /** Every connection of our account to this server, page by page: what comes or goes meanwhile may be missed. */
  async *connections(serverId: string): AsyncGenerator<AccountConnection> {
    for (let offset = 0; ; offset += pageSize) {
      const { connections, total } = await this.page(serverId, { acc: this.account, limit: pageSize, offset });
      yield* connections;
      if (offset + pageSize >= total) return;
    }
  }

  private async page(serverId: string, query: object): Promise<{ connections: AccountConnection[]; total: number }> {
    const subject = systemSubjects.connections.build({ server: serverId });
    const answer = await this.bus.request(subject, 'connz', { auth: true, ...query }, { inbox: { to: 'service' }, timeoutMs });
    const { data } = Connections.parse(answer.json());
    const connections = (data.connections ?? []).flatMap(({ cid, account, authorized_user: user }) =>
      account === this.account && user !== undefined ? [{ conn: { serverId: data.server_id, clientId: cid }, user }] : [],
    );
    return { connections, total: data.total };
  }

  private listen(subject: string, listener: (connection: AccountConnection) => void): Subscription {
    return this.bus.subscribe(subject, (message: Incoming) => {
      const event = ConnectionEvent.safeParse(message.json());
      if (!event.success || event.data.client.acc !== this.account) return;
      listener({ conn: { serverId: event.data.server.id, clientId: event.data.client.id }, user: event.data.client.user });
    });
  }
}
