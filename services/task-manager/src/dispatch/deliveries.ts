/**
 * How many deliveries may be under way, fairly between zones.
 * Promises: no zone has more than `perZone`; of more than `total` together each zone still has one, so a zone whose hosts do not answer holds up no
 * other. Does not: limit the number of zones.
 */
export class Deliveries {
  private readonly zones = new Map<string, Set<Promise<void>>>();
  private readonly all = new Set<Promise<void>>();

  constructor(private readonly limits: { readonly perZone: number; readonly total: number }) {}

  /** The delivery must never reject. */
  add(zoneId: string, delivery: Promise<void>): void {
    const ofZone = this.zones.get(zoneId) ?? new Set();
    this.zones.set(zoneId, ofZone);
    const tracked: Promise<void> = delivery.finally(() => {
      this.all.delete(tracked);
      ofZone.delete(tracked);
      if (ofZone.size === 0) this.zones.delete(zoneId);
    });
    ofZone.add(tracked);
    this.all.add(tracked);
  }

  /** Until the zone may begin another one. */
  async room(zoneId: string): Promise<void> {
    for (;;) {
      const ofZone = this.zones.get(zoneId);
      if (ofZone === undefined) return;
      if (ofZone.size >= this.limits.perZone) await Promise.race(ofZone);
      else if (this.all.size >= this.limits.total) await Promise.race(this.all);
      else return;
    }
  }

  async ended(): Promise<void> {
    await Promise.all(this.all);
  }
}
