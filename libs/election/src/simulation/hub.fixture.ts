import type { ConnectionId, PrimaryKey } from '@klevr/contracts/presence';
import type { WriteResult } from '../settlement-types.js';
import { Connection, type Link } from './connection.fixture.js';
import { KeyStore } from './key-store.fixture.js';
import type { SimulatedProcess } from './process.fixture.js';
import type { VirtualTime } from './virtual-time.fixture.js';

/** What an agent asks the centre. */
export type Ask =
  | { readonly verb: 'hello'; readonly agentId: string; readonly session: string | null; readonly conn: ConnectionId }
  | {
      readonly verb: 'ready' | 'stamp';
      readonly agentId: string;
      readonly session: string;
      readonly epoch: number;
      readonly conn: ConnectionId;
    }
  | { readonly verb: 'goodbye'; readonly agentId: string; readonly session: string };

export interface Report {
  readonly agentId: string;
  readonly session: string;
  readonly epoch: number;
}

/** A scheduler replica as the server sees it. */
export interface CentreSide {
  heard(ask: Ask): void;
  asked(ask: Ask, reply: (answer: unknown) => void): void;
  report(report: Report): void;
  key(revision: number, key: PrimaryKey | null): void;
  cut(agentId: string, conn: ConnectionId): void;
  bucketDeleted(): void;
}

/** An agent as the server sees it. */
export interface AgentSide {
  key(revision: number, key: PrimaryKey | null): void;
  /** On an epoch's subject: false where it does not answer. */
  zoneCommand(epoch: number, verb: 'ping' | 'deliver'): boolean;
  command(epoch: number): void;
}

export interface Client {
  readonly name: string;
  readonly process: SimulatedProcess;
  readonly link: Link;
  readonly centre?: CentreSide;
  readonly agent?: AgentSide;
}

/** The NATS server: connections, who hears what, and the bucket. */
export class Hub {
  up = true;
  lost = 0;
  doubled = 0;
  readonly keys: KeyStore;
  private readonly connections = new Set<Connection>();
  private readonly open: { connection: Connection; client: Client }[] = [];
  private lastClientId = 0;
  private lastServer = 1;

  constructor(readonly time: VirtualTime) {
    this.keys = new KeyStore(time);
  }

  accept(client: Client, onEnd: () => void): Connection {
    const id = { serverId: `S${this.lastServer}`, clientId: ++this.lastClientId };
    const atServer = (tells: boolean): void => {
      this.open.splice(
        this.open.findIndex(({ connection: { id: other } }) => other === id),
        1,
      );
      if (tells && client.agent) this.tellCut(client.name, id);
    };
    const faults = (): { lost: number; doubled: number } => ({ lost: this.lost, doubled: this.doubled });
    const connection = new Connection(id, client, this.time, { atServer, atClient: onEnd }, faults);
    this.open.push({ connection, client });
    this.connections.add(connection);
    return connection;
  }

  /** A link or a process changed: every connection that one of its sides still believes in is to know. */
  changed(client: Client): void {
    for (const connection of [...this.connections]) {
      if (!connection.serverOpen && !connection.clientOpen) this.connections.delete(connection);
      else if (connection.client === client) connection.changed();
    }
  }

  stop(): void {
    this.up = false;
    for (const { connection } of [...this.open]) connection.endAtServer(false);
  }

  start(): void {
    this.up = true;
    this.lastServer++;
  }

  /** From an agent: every replica hears it, one answers it; with none there the server itself says so. */
  ask(from: Connection, ask: Ask, reply: (answer: unknown) => void): void {
    from.toServer('data', () => {
      const centres = this.centres();
      const chosen = this.time.pick(centres);
      if (chosen === undefined) return from.toClient('data', () => reply('nobody'));
      for (const { connection, centre } of centres) connection.toClient('data', () => centre.heard(ask));
      const back = (answer: unknown): void => chosen.connection.toServer('data', () => from.toClient('data', () => reply(answer)));
      chosen.connection.toClient('data', () => chosen.centre.asked(ask, back));
    });
  }

  report(from: Connection, report: Report): void {
    from.toServer('data', () => {
      for (const { connection, centre } of this.centres()) connection.toClient('data', () => centre.report(report));
    });
  }

  /** To the subject of an epoch. Answers by `reply`; false at once where nobody is subscribed. */
  zoneCommand(epoch: number, verb: 'ping' | 'deliver', reply: (answered: boolean) => void): void {
    const subscribed = this.open.filter(({ connection }) => connection.epochs.has(epoch));
    if (subscribed.length === 0) return reply(false);
    for (const { connection, client } of subscribed) {
      const answer = (): void => reply(true);
      connection.toClient('data', () => client.agent?.zoneCommand(epoch, verb) && connection.toServer('data', answer));
    }
  }

  /** From a primary to the agents of its zone. */
  passOn(from: Connection, epoch: number): void {
    from.toServer('data', () => {
      for (const { connection, client } of this.open) connection.toClient('data', () => client.agent?.command(epoch));
    });
  }

  read(from: Connection, reply: (found: { revision: number; key: PrimaryKey | null } | undefined) => void): void {
    from.toServer('data', () => {
      const { exists, hasQuorum, revision, key } = this.keys;
      from.toClient('data', () => reply(exists && hasQuorum ? { revision, key } : undefined), false);
    });
  }

  /** Without a quorum, or now and then, the write lands and nobody hears that it did. */
  write(from: Connection, key: PrimaryKey, expectedRevision: number, reply: (result: WriteResult) => void): void {
    from.toServer('data', () => {
      if (!this.keys.hasQuorum && this.time.chance(0.7)) return;
      const result = this.change(key, expectedRevision);
      if (this.keys.hasQuorum) from.toClient('data', () => reply(result), false);
    });
  }

  /** A compare-and-set by anybody, told to everybody. */
  change(key: PrimaryKey | null, expectedRevision: number): WriteResult {
    const result = this.keys.put(key, expectedRevision);
    if (result.outcome === 'written') {
      const { revision } = result;
      for (const { connection, client } of this.open) {
        connection.toClient('data', () => (client.centre ?? client.agent)?.key(revision, key));
      }
    }
    return result;
  }

  deleteBucket(): void {
    this.keys.delete();
    for (const { connection, centre } of this.centres()) connection.toClient('data', () => centre.bucketDeleted());
  }

  /** On another connection of the schedulers', so before or after what comes on the first. */
  private tellCut(agentId: string, conn: ConnectionId): void {
    for (const { connection, centre } of this.centres()) connection.toClient('sys', () => centre.cut(agentId, conn));
  }

  private centres(): { connection: Connection; centre: CentreSide }[] {
    return this.open.flatMap(({ connection, client: { centre } }) => (centre ? [{ connection, centre }] : []));
  }
}
