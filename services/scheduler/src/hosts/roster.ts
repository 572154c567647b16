import type { ConnectionId } from '@klevr/contracts/presence';
import type { Preference } from '@klevr/election/settlement-types';

/** What every replica keeps in memory of every agent: enough to settle elections and to know whose connection was cut. */
export interface RosterEntry {
  readonly agentId: string;
  readonly zoneId: string;
  readonly publicKey: string;
  readonly preference: Preference;
  /** The connection that it last told. Whether it is its own, only the NATS server can say. */
  readonly conn: ConnectionId | undefined;
}

export class Roster {
  private readonly byId = new Map<string, RosterEntry>();
  private readonly idByKey = new Map<string, string>();
  private readonly heardAtMs = new Map<string, number>();

  learn(entry: RosterEntry): void {
    const before = this.byId.get(entry.agentId);
    if (before && before.publicKey !== entry.publicKey) this.idByKey.delete(before.publicKey);
    this.byId.set(entry.agentId, entry);
    this.idByKey.set(entry.publicKey, entry.agentId);
  }

  /** It was removed: nothing that is heard of it counts any more. */
  forget(agentId: string): void {
    this.idByKey.delete(this.byId.get(agentId)?.publicKey ?? '');
    this.byId.delete(agentId);
    this.heardAtMs.delete(agentId);
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

  entries(): IterableIterator<RosterEntry> {
    return this.byId.values();
  }
}

/** The label `primary`: `prefer` is chosen before others, `never` does not stand, and neither does one that is drained. */
export const preferenceOf = (labels: Readonly<Record<string, string>>, drained = false): Preference =>
  drained || labels['primary'] === 'never' ? 'never' : labels['primary'] === 'prefer' ? 'first' : 'normal';
