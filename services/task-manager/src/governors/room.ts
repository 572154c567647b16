/**
 * How many more runs may be under way: in the zone, on each host, under each concurrency key.
 * Promises: who asks `whyFull` before each `take` never goes beyond a limit. A host that is not chosen yet, and a run without a key, are limited by
 * the rest alone.
 * Does not: know of runs that others place meanwhile; the caller holds the zone's lock from the counting to the marking.
 */
export interface Claimant {
  readonly agentId: string | null;
  readonly concurrencyKey: string | null;
}

export interface Taken extends Claimant {
  readonly count: number;
}

export type Full = 'ZONE_BUSY' | 'HOST_BUSY' | 'CONCURRENCY_KEY';

/** Of a key that nobody has set. */
export const defaultCapacity = 1;

export class Room {
  private readonly hosts = new Map<string, number>();
  private readonly keys = new Map<string, number>();
  readonly capacities = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly limits: { readonly zone: number; readonly perHost: number },
    taken: readonly Taken[],
  ) {
    for (const { count, ...claimant } of taken) this.add(claimant, count);
  }

  /** For trying things out. */
  copy(): Room {
    const copy = new Room(this.limits, []);
    copy.total = this.total;
    for (const [host, count] of this.hosts) copy.hosts.set(host, count);
    for (const [key, count] of this.keys) copy.keys.set(key, count);
    copy.learn(this.capacities);
    return copy;
  }

  /** What is left of each for those that are counted here. */
  learn(capacities: ReadonlyMap<string, number>): void {
    for (const [key, capacity] of capacities) this.capacities.set(key, capacity);
  }

  /** Keys of these and of what is under way whose capacity was not learned yet. */
  unknownKeys(claimants: readonly Claimant[] = []): string[] {
    const keys = new Set([...this.keys.keys(), ...claimants.flatMap(({ concurrencyKey }) => concurrencyKey ?? [])]);
    return [...keys].filter((key) => !this.capacities.has(key));
  }

  get free(): number {
    return Math.max(0, this.limits.zone - this.total);
  }

  /** Whether so many more could go without any host coming near its limit, whichever they are for, and no key is in use. */
  isWide(count: number): boolean {
    if (this.keys.size > 0) return false;
    const largest = Math.max(0, ...this.hosts.values());
    return largest + count <= this.limits.perHost || largest * 2 <= this.limits.perHost;
  }

  whyFull({ agentId, concurrencyKey }: Claimant): Full | null {
    if (concurrencyKey !== null && this.isFullKey(concurrencyKey)) return 'CONCURRENCY_KEY';
    if (agentId !== null && (this.hosts.get(agentId) ?? 0) >= this.limits.perHost) return 'HOST_BUSY';
    return this.free === 0 ? 'ZONE_BUSY' : null;
  }

  take(claimant: Claimant): void {
    this.add(claimant, 1);
  }

  fullHosts(): string[] {
    return [...this.hosts].filter(([, count]) => count >= this.limits.perHost).map(([host]) => host);
  }

  fullKeys(): string[] {
    return [...new Set([...this.keys.keys(), ...this.capacities.keys()])].filter((key) => this.isFullKey(key));
  }

  private isFullKey(key: string): boolean {
    return (this.keys.get(key) ?? 0) >= (this.capacities.get(key) ?? defaultCapacity);
  }

  private add({ agentId, concurrencyKey }: Claimant, count: number): void {
    this.total += count;
    if (agentId !== null) this.hosts.set(agentId, (this.hosts.get(agentId) ?? 0) + count);
    if (concurrencyKey !== null) this.keys.set(concurrencyKey, (this.keys.get(concurrencyKey) ?? 0) + count);
  }
}
