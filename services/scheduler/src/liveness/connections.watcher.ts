import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ConnectionId } from '@klevr/contracts/presence';
import { AccountWatch } from '@klevr/messaging/account-watch';
import { Log } from '@klevr/platform/log';
import { ElectionShell } from '../election/election.shell.js';
import { sameConn } from '@klevr/election/settlement-types';
import { Roster } from '../hosts/roster.js';
import { ConnectionRegistry } from './connection-registry.js';
import { LivenessService } from './liveness.service.js';

/** Connections that ended are remembered while somebody may ask for them. */
const mostEnded = 10_000;

const keyOf = ({ serverId, clientId }: ConnectionId): string => `${serverId}/${clientId}`;

/**
 * Detector (a): the NATS server tells whose connection was cut. A cut counts only for a connection on which the server has shown that agent's
 * user before; what clients say of themselves, and failed logins, never count.
 */
@Injectable()
export class ConnectionsWatcher implements BeforeApplicationShutdown {
  private readonly registry = new ConnectionRegistry();
  private readonly asking = new Set<string>();
  private readonly ended = new Set<string>();
  private readonly waiting = new Map<string, Set<() => void>>();
  private subscriptions: { unsubscribe(): void }[] = [];

  constructor(
    private readonly watch: AccountWatch,
    private readonly roster: Roster,
    private readonly election: ElectionShell,
    private readonly liveness: LivenessService,
    private readonly log: Log,
  ) {}

  start(): void {
    this.subscriptions = [
      this.watch.onConnect(({ conn, user }) => this.connected(conn, user)),
      this.watch.onDisconnect(({ conn, user }) => this.cut(conn, user)),
    ];
  }

  /** The database goes away soon: what is cut from now on is the other replicas' to tell. */
  beforeApplicationShutdown(): void {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
  }

  has(conn: ConnectionId): boolean {
    return this.registry.userOf(conn) !== undefined;
  }

  /** The server said so, lately. */
  wasCut(conn: ConnectionId): boolean {
    return this.ended.has(keyOf(conn));
  }

  /** `stop` ends the waiting, which otherwise lasts until the connection is cut. */
  whenCut(conn: ConnectionId): { happened: Promise<void>; stop: () => void } {
    const listeners = this.waiting.get(keyOf(conn)) ?? new Set();
    this.waiting.set(keyOf(conn), listeners);
    let hear: () => void = () => undefined;
    const happened = new Promise<void>((resolve) => listeners.add((hear = resolve)));
    const stop = (): void => {
      listeners.delete(hear);
      if (listeners.size === 0) this.waiting.delete(keyOf(conn));
    };
    return { happened, stop };
  }

  /** The agent speaks over this connection. */
  moved(agentId: string, conn: ConnectionId, atMs: number): void {
    this.roster.movedTo(agentId, conn);
    this.roster.heard(agentId, atMs);
    this.told(conn);
  }

  /** An agent told this connection: the server is asked whose it is, unless that is known. Until then its cut says nothing. */
  private told(conn: ConnectionId): void {
    const key = keyOf(conn);
    if (this.has(conn) || this.asking.has(key)) return;
    this.asking.add(key);
    void this.watch
      .userOf(conn)
      .then((user) => user !== undefined && this.registry.add(conn, user))
      .catch((error: unknown) => this.log.debug({ error, conn }, 'whose a connection is cannot be told now'))
      .finally(() => this.asking.delete(key));
  }

  /** Events were missed: asks each server that agents are known to be connected to. Absence from its list proves nothing. */
  async resync(): Promise<void> {
    this.registry.clear();
    const servers = new Set([...this.roster.entries()].flatMap(({ conn }) => (conn === undefined ? [] : [conn.serverId])));
    for (const serverId of servers) {
      try {
        for await (const { conn, user } of this.watch.connections(serverId)) this.registry.add(conn, user);
      } catch (error) {
        this.log.debug({ error, serverId }, 'a NATS server does not list its connections');
      }
    }
  }

  private connected(conn: ConnectionId, user: string): void {
    this.registry.add(conn, user);
    const entry = this.roster.findByKey(user);
    if (entry) this.liveness.connected(entry.agentId);
  }

  private cut(conn: ConnectionId, user: string): void {
    this.end(conn);
    if (this.registry.remove(conn) !== user) return;
    const entry = this.roster.findByKey(user);
    if (!entry) return;
    this.election.hear(entry.zoneId, { kind: 'cut', agentId: entry.agentId, conn });
    // A connection that it left for another says nothing about the agent.
    if (sameConn(entry.conn, conn)) this.liveness.cut(entry.agentId, conn);
  }

  private end(conn: ConnectionId): void {
    const key = keyOf(conn);
    this.ended.add(key);
    const [oldest] = this.ended;
    if (oldest !== undefined && this.ended.size > mostEnded) this.ended.delete(oldest);
    for (const hear of this.waiting.get(key) ?? []) hear();
  }
}
