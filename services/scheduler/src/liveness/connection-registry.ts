import type { ConnectionId } from '@klevr/contracts/presence';

/**
 * Which user the NATS server authenticated on which connection. Only connections that are in here can depose or suspect anybody.
 * Bounded: of a user's connections the newest few are kept, as a server that stopped never tells which of them ended.
 */
const keptPerUser = 4;

const keyOf = ({ serverId, clientId }: ConnectionId): string => `${serverId}/${clientId}`;

export class ConnectionRegistry {
  private readonly userByConn = new Map<string, string>();
  private readonly connsByUser = new Map<string, string[]>();

  add(conn: ConnectionId, user: string): void {
    const key = keyOf(conn);
    if (this.userByConn.has(key)) return;
    const conns = [...(this.connsByUser.get(user) ?? []), key];
    for (const old of conns.splice(0, Math.max(0, conns.length - keptPerUser))) this.userByConn.delete(old);
    this.connsByUser.set(user, conns);
    this.userByConn.set(key, user);
  }

  userOf(conn: ConnectionId): string | undefined {
    return this.userByConn.get(keyOf(conn));
  }

  /** Forgets the connection and answers whose it was. */
  remove(conn: ConnectionId): string | undefined {
    const key = keyOf(conn);
    const user = this.userByConn.get(key);
    if (user === undefined) return undefined;
    this.userByConn.delete(key);
    const rest = (this.connsByUser.get(user) ?? []).filter((each) => each !== key);
    if (rest.length === 0) this.connsByUser.delete(user);
    else this.connsByUser.set(user, rest);
    return user;
  }

  clear(): void {
    this.userByConn.clear();
    this.connsByUser.clear();
  }
}
