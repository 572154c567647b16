import type { Incident } from '@klevr/contracts/zone';

/**
 * When so many agents go at once that the fault is rather ours, or the network's, than theirs. Pure: times are of one monotonic clock.
 * Promises: agents are counted once, for a minute after they went and until they are back; what opened an incident does not open another.
 * Does not: know why they went.
 */
const windowMs = 60_000;
const fewest = 5;
const share = 0.3;
const backShare = 0.8;

/** An incident that nothing else ends is over by then. */
export const longestIncidentMs = 15 * 60_000;
/** After an outage agents dial again, and those that do not are asked; before that nobody can say who is back. */
export const outageSettlesMs = 10_000;

export const isMassLoss = (gone: number, agents: number): boolean => gone >= Math.max(fewest, Math.ceil(agents * share));

export const areBack = (gone: number, stillGone: number): boolean => gone - stillGone >= gone * backShare;

/** What people read. */
export const detailOf = ({ cause, gone, of }: Pick<Incident, 'cause' | 'gone' | 'of'>, awayMs: number): string => {
  const away = `for ${Math.round(awayMs / 1000)} s`;
  switch (cause) {
    case 'massLoss':
      return `${gone} of ${of} agents went within a minute`;
    case 'natsAway':
      return `this scheduler had no connection to NATS ${away}`;
    case 'databaseAway':
      return `the database could not be reached ${away}`;
    case 'schedulersAway':
      return `no scheduler acknowledged a sign of life ${away}`;
  }
};

export class GoneAgents {
  private readonly byZone = new Map<string, Map<string, number>>();
  private readonly all = new Map<string, { readonly zoneId: string; readonly atMs: number }>();

  gone(zoneId: string, agentId: string, atMs: number): void {
    this.forgetOld(atMs);
    if (this.all.has(agentId)) return;
    const zone = this.byZone.get(zoneId) ?? new Map<string, number>();
    this.byZone.set(zoneId, zone.set(agentId, atMs));
    this.all.set(agentId, { zoneId, atMs });
  }

  back(agentId: string): void {
    const zoneId = this.all.get(agentId)?.zoneId ?? '';
    const zone = this.byZone.get(zoneId);
    zone?.delete(agentId);
    if (zone?.size === 0) this.byZone.delete(zoneId);
    this.all.delete(agentId);
  }

  in(zoneId: string): number {
    return this.byZone.get(zoneId)?.size ?? 0;
  }

  /** When the first of the zone's, or of all, went; undefined where nobody did. */
  since(zoneId: string | undefined): number | undefined {
    const times = [...this.all.values()].filter((one) => zoneId === undefined || one.zoneId === zoneId).map(({ atMs }) => atMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** In how many zones, and how many agents altogether. */
  everywhere(): { zones: number; agents: number } {
    return { zones: this.byZone.size, agents: this.all.size };
  }

  get zones(): readonly string[] {
    return [...this.byZone.keys()];
  }

  /** They are accounted for: those of the zone, or all. */
  settle(zoneId: string | undefined): void {
    const agents = zoneId === undefined ? this.all.keys() : (this.byZone.get(zoneId)?.keys() ?? []);
    for (const agentId of [...agents]) this.back(agentId);
  }

  private forgetOld(nowMs: number): void {
    for (const [agentId, { atMs }] of this.all) {
      if (nowMs - atMs <= windowMs) return;
      this.back(agentId);
    }
  }
}
