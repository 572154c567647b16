import type { AgentKind, AgentStatus } from '@klevr/contracts/agent';
import type { ConnectionId } from '@klevr/contracts/presence';
import type { Preference } from '@klevr/election/settlement-types';
import type { AgentRow } from '../tables/agent.entity.js';

/** What every replica keeps in memory of every agent: enough to settle elections and to know whose connection was cut. */
export interface RosterEntry {
  readonly agentId: string;
  readonly zoneId: string;
  readonly kind: AgentKind;
  readonly publicKey: string;
  readonly preference: Preference;
  /** The connection that it last told. Whether it is its own, only the NATS server can say. */
  readonly conn: ConnectionId | undefined;
  /** As the table had it last, or the event that said so; the table decides. */
  readonly status: AgentStatus;
  readonly drained: boolean;
  /** The one that it had when its row was read last. */
  readonly session: string | null;
  readonly beaconUrl: string | null;
}

/** Those that the zone should have: they are there, or went a moment ago. */
const counted: ReadonlySet<AgentStatus> = new Set(['online', 'drained', 'suspect']);

export class Roster {
  private readonly byId = new Map<string, RosterEntry>();
  private readonly idByKey = new Map<string, string>();
  private readonly heardAtMs = new Map<string, number>();
  private readonly aliveMs = new Map<string, number>();
  private readonly cpuLoads = new Map<string, number>();
  private readonly countedIn = new Map<string, Set<string>>();

  learn(entry: RosterEntry): void {
    const before = this.byId.get(entry.agentId);
    if (before && before.publicKey !== entry.publicKey) this.idByKey.delete(before.publicKey);
    this.put(entry);
    this.idByKey.set(entry.publicKey, entry.agentId);
  }

  /** It was removed: nothing that is heard of it counts any more. */
  forget(agentId: string): void {
    this.idByKey.delete(this.byId.get(agentId)?.publicKey ?? '');
    this.uncount(this.byId.get(agentId));
    this.byId.delete(agentId);
    this.heardAtMs.delete(agentId);
    this.aliveMs.delete(agentId);
    this.cpuLoads.delete(agentId);
  }

  find(agentId: string): RosterEntry | undefined {
    return this.byId.get(agentId);
  }

  findByKey(publicKey: string): RosterEntry | undefined {
    return this.byId.get(this.idByKey.get(publicKey) ?? '');
  }

  movedTo(agentId: string, conn: ConnectionId): void {
    const entry = this.byId.get(agentId);
    if (entry) this.byId.set(agentId, { ...entry, conn });
  }

  /** By its own message, or by its primary's word. */
  heard(agentId: string, atMs: number): void {
    if (this.byId.has(agentId)) this.heardAtMs.set(agentId, Math.max(atMs, this.heardAtMs.get(agentId) ?? 0));
  }

  lastHeardMs(agentId: string): number | undefined {
    return this.heardAtMs.get(agentId);
  }

  /** `Load.cpu`, by its own hello or a roll-up of its primary. */
  loadHeard(agentId: string, cpuLoad: number | undefined): void {
    if (cpuLoad !== undefined && this.byId.has(agentId)) this.cpuLoads.set(agentId, cpuLoad);
  }

  /** As it was told last; undefined where this process has not heard it yet. */
  cpuLoadOf(agentId: string): number | undefined {
    return this.cpuLoads.get(agentId);
  }

  became(agentId: string, status: AgentStatus, drained?: boolean): void {
    const entry = this.byId.get(agentId);
    if (entry) this.put({ ...entry, status, drained: drained ?? entry.drained });
  }

  /** It gave a sign of life to the centre itself; a time of the monotonic clock. */
  alive(agentId: string, atMonotonicMs: number): void {
    if (this.byId.has(agentId)) this.aliveMs.set(agentId, atMonotonicMs);
  }

  aliveAtMs(agentId: string): number {
    return this.aliveMs.get(agentId) ?? Number.NEGATIVE_INFINITY;
  }

  /** The agents that the zone should have; its workers are none of them. */
  countedOf(zoneId: string): ReadonlySet<string> {
    return this.countedIn.get(zoneId) ?? new Set();
  }

  /** The zones that should have agents, with their number. */
  *countedZones(): Generator<{ zoneId: string; agents: number }> {
    for (const [zoneId, agents] of this.countedIn) yield { zoneId, agents: agents.size };
  }

  private put(entry: RosterEntry): void {
    this.uncount(this.byId.get(entry.agentId));
    this.byId.set(entry.agentId, entry);
    if (entry.kind !== 'agent' || !counted.has(entry.status)) return;
    const zone = this.countedIn.get(entry.zoneId) ?? new Set();
    this.countedIn.set(entry.zoneId, zone.add(entry.agentId));
  }

  private uncount(entry: RosterEntry | undefined): void {
    const zone = entry && this.countedIn.get(entry.zoneId);
    zone?.delete(entry?.agentId ?? '');
    if (entry && zone?.size === 0) this.countedIn.delete(entry.zoneId);
  }

  entries(): IterableIterator<RosterEntry> {
    return this.byId.values();
  }
}

export const rosterEntryOf = (row: AgentRow): RosterEntry => {
  const { id: agentId, zoneId, kind, publicKey, drained, status, session, beaconUrl, connServer, connClient } = row;
  const conn = connServer === null || connClient === null ? undefined : { serverId: connServer, clientId: connClient };
  return { agentId, zoneId, kind, publicKey, preference: preferenceOf(row), conn, status, drained, session, beaconUrl };
};

/** The label `primary`: `prefer` is chosen before others, `never` does not stand, and neither does one that is drained, nor ever a worker. */
export const preferenceOf = ({ kind, labels, drained }: Pick<AgentRow, 'kind' | 'labels' | 'drained'>): Preference =>
  kind === 'worker' || drained || labels['primary'] === 'never' ? 'never' : labels['primary'] === 'prefer' ? 'first' : 'normal';
