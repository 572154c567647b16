import { missedBeats, type Report } from '@klevr/contracts/presence';
import { ZoneWatch } from './zone-watch.js';

/**
 * What a primary tells the centre of the agents that it hears: changes at once, and everybody in a roll-up every ten seconds.
 * Promises: nobody is called silent for a time in which this agent itself could not hear (its connection was away, its process stood still), and no
 * roll-up is told before three heartbeats have passed in which it could, so whoever is missing in one is missing. Does not: know who belongs to the zone.
 */
export interface ZoneReportsOptions {
  readonly heartbeatSeconds: () => number;
  readonly tell: (kind: Report['kind'], agents: Report['agents'], part?: Report['part']) => void;
}

/** A message takes at most 1 MiB. */
const maxAgentsAReport = 6_000;
const rollUpEverySeconds = 10;
/** Ticks come each second; a gap like this is a process that stood still. */
const stoodStillSeconds = 3;

export class ZoneReports {
  private readonly watch = new ZoneWatch();
  private hearsSince = 0;
  private lastTick = 0;
  private rolledUpAt = 0;

  constructor(private readonly options: ZoneReportsOptions) {}

  /** A term begins: nobody has been heard yet. */
  begin(now: number): void {
    this.watch.clear();
    this.hearAnew(now);
  }

  heard(agentId: string, session: string, now: number, cpuLoad?: number): void {
    const change = this.watch.heard(agentId, session, now, cpuLoad);
    if (change !== undefined) this.options.tell('change', [change]);
  }

  /** Each second of the term. */
  tick(now: number, connected: boolean): void {
    if (!connected || now - this.lastTick > stoodStillSeconds) return this.hearAnew(now);
    this.lastTick = now;
    this.options.tell('beat', []);
    const period = this.options.heartbeatSeconds();
    const silent = this.watch.fallenSilent(period, now);
    if (silent.length > 0) this.tellAll('change', silent);
    if (now - this.hearsSince < missedBeats * period || now - this.rolledUpAt < rollUpEverySeconds) return undefined;
    this.rolledUpAt = now;
    return this.tellAll('rollUp', this.watch.all(now));
  }

  private hearAnew(now: number): void {
    this.watch.excuse(now);
    this.hearsSince = now;
    this.lastTick = now;
    this.rolledUpAt = -Infinity;
  }

  private tellAll(kind: Report['kind'], agents: Report['agents']): void {
    const of = Math.max(1, Math.ceil(agents.length / maxAgentsAReport));
    for (let number = 1; number <= of; number += 1) {
      const some = agents.slice((number - 1) * maxAgentsAReport, number * maxAgentsAReport);
      this.options.tell(kind, some, of === 1 ? undefined : { number, of });
    }
  }
}
