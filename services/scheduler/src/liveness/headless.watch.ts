import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { AgentStatus } from '@klevr/contracts/agent';
import { ZoneSettings, type Headless } from '@klevr/contracts/zone';
import { hasPrimary, type ZoneElection } from '@klevr/election/settlement-types';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { ElectionShell } from '../election/election.shell.js';
import { Roster } from '../hosts/roster.js';
import { ZonesStore } from '../zones/zones.store.js';
import { headlessReason } from './headless.js';
import { HeadlessStore } from './headless.store.js';

interface Absence {
  readonly sinceMs: number;
  /** A timer runs only until the alarm. */
  cancel: CancelTimer;
  state: 'waiting' | 'told' | 'nobodyJoined';
}

const againMs = 5_000;
const fallback = ZoneSettings.parse({});

/**
 * Zones without a primary: why, since when, and one event once that has lasted the time that the zone sets. One that nobody has joined and that
 * never had a primary raises no alarm; it begins with the first agent.
 */
@Injectable()
export class HeadlessWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly absences = new Map<string, Absence>();
  private stopWatching: () => void = () => undefined;

  constructor(
    private readonly election: ElectionShell,
    private readonly roster: Roster,
    private readonly zones: ZonesStore,
    private readonly store: HeadlessStore,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.stopWatching = this.election.watch((zoneId, zone) => this.watch(zoneId, zone));
  }

  beforeApplicationShutdown(): void {
    this.stopWatching();
    for (const { cancel } of this.absences.values()) cancel();
    this.absences.clear();
  }

  /** For the view of a zone: null while it has a primary. `counts` are its agents by status. */
  of(zoneId: string, counts: Partial<Record<AgentStatus, number>>): Headless | null {
    const zone = this.election.view(zoneId);
    if (zone && hasPrimary(zone)) return null;
    const sinceMs = this.absences.get(zoneId)?.sinceMs;
    const since = sinceMs === undefined ? null : new Date(sinceMs).toISOString();
    return { since, ...headlessReason({ counts, mayLead: this.mayLead(zoneId) }) };
  }

  private watch(zoneId: string, zone: ZoneElection): void {
    const known = this.absences.get(zoneId);
    if (zone.seen === undefined || hasPrimary(zone)) {
      known?.cancel();
      this.absences.delete(zoneId);
      return;
    }
    if (known === undefined) {
      const absence: Absence = { sinceMs: zone.vacancy?.sinceWallMs ?? this.clock.nowMs(), cancel: () => undefined, state: 'waiting' };
      this.absences.set(zoneId, absence);
      this.arm(zoneId, absence);
    } else if (known.state === 'nobodyJoined' && this.roster.countedOf(zoneId).size > 0) {
      known.state = 'waiting';
      this.arm(zoneId, known);
    }
  }

  private arm(zoneId: string, absence: Absence, delayMs = this.settingsOf(zoneId).headlessAlarmSeconds * 1000): void {
    absence.cancel = this.clock.setTimer(() => {
      this.alarm(zoneId, absence).catch(() => {
        if (this.absences.get(zoneId) === absence) this.arm(zoneId, absence, againMs);
      });
    }, delayMs);
  }

  private async alarm(zoneId: string, absence: Absence): Promise<void> {
    const counts = (await this.zones.countAgents([zoneId])).get(zoneId) ?? {};
    const zone = this.election.view(zoneId);
    if (zone === undefined) this.absences.delete(zoneId);
    // It may have ended, or begun anew, while the table was asked.
    if (zone === undefined || this.absences.get(zoneId) !== absence) return;
    const headless = this.of(zoneId, counts);
    if (headless === null) return;
    const neverLed = zone.seen?.key === null && zone.seen.revision === 0;
    if (headless.reason === 'noAgents' && neverLed) {
      absence.state = 'nobodyJoined';
      return;
    }
    await this.store.alarm(zoneId, headless, new Date(this.clock.nowMs()));
    absence.state = 'told';
  }

  private mayLead(zoneId: string): number {
    return [...this.roster.countedOf(zoneId)].filter((agentId) => {
      const entry = this.roster.find(agentId);
      return entry?.status === 'online' && entry.preference !== 'never';
    }).length;
  }

  private settingsOf(zoneId: string): ZoneSettings {
    return this.zones.remembered(zoneId)?.settings ?? fallback;
  }
}
