/**
 * Agents that their primary should hear for the first time: all of a zone where it has a new primary, whose own list starts empty, and each that
 * said hello. One that is not heard in time is told once. Pure: times are of one monotonic clock.
 */
export class Awaited {
  private readonly byZone = new Map<string, Map<string, number>>();

  add(zoneId: string, agentIds: Iterable<string>, dueMs: number): void {
    const zone = this.byZone.get(zoneId) ?? new Map<string, number>();
    // The newest last, so that the first is the one due next.
    for (const agentId of agentIds) {
      zone.delete(agentId);
      zone.set(agentId, dueMs);
    }
    if (zone.size > 0) this.byZone.set(zoneId, zone);
  }

  heard(zoneId: string, agentId: string): void {
    const zone = this.byZone.get(zoneId);
    if (zone?.delete(agentId) === true && zone.size === 0) this.byZone.delete(zoneId);
  }

  forgetZone(zoneId: string): void {
    this.byZone.delete(zoneId);
  }

  nextDueMs(zoneId: string): number | undefined {
    const [first] = this.byZone.get(zoneId)?.values() ?? [];
    return first;
  }

  /** Those whose time is over; they are awaited no longer. */
  overdue(zoneId: string, nowMs: number): string[] {
    const over = [...(this.byZone.get(zoneId) ?? [])].filter(([, dueMs]) => dueMs <= nowMs).map(([agentId]) => agentId);
    for (const agentId of over) this.heard(zoneId, agentId);
    return over;
  }
}
