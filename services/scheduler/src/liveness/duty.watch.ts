import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { hasPrimary, holderOf, type ZoneElection } from '@klevr/election/settlement-types';
import { missedBeats, type Report } from '@klevr/contracts/presence';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { ElectionShell } from '../election/election.shell.js';
import { Roster } from '../hosts/roster.js';
import { AgentStatuses } from './agent-statuses.service.js';
import { Awaited } from './awaited.js';
import { LivenessService } from './liveness.service.js';

const marginMs = 1_000;
const cause = 'not heard by its primary, and no answer to a probe';

/**
 * The primary's watch over its zone, as the centre watches it in turn. A new primary knows nobody, and so can call nobody silent: whom it has not
 * heard after three heartbeats is asked by the centre itself. Costs nothing per heartbeat: a primary tells changes, and one roll-up an interval.
 */
@Injectable()
export class DutyWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly epochs = new Map<string, number>();
  private readonly awaited = new Awaited();
  private readonly timers = new Map<string, CancelTimer>();
  private stopWatching: () => void = () => undefined;

  constructor(
    private readonly election: ElectionShell,
    private readonly roster: Roster,
    private readonly liveness: LivenessService,
    private readonly statuses: AgentStatuses,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.stopWatching = this.election.watch((zoneId, zone) => this.watch(zoneId, zone));
  }

  beforeApplicationShutdown(): void {
    this.stopWatching();
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  /** A report, with its members where it is the current holder's, who alone is believed about others. */
  reported(zoneId: string, primaryId: string, members: Report['agents'], ownLoad?: number): void {
    const nowMs = this.clock.nowMs();
    this.roster.heard(primaryId, nowMs);
    this.roster.loadHeard(primaryId, ownLoad);
    for (const { agentId, session, state, lastHeardMsAgo, cpuLoad } of members) {
      if (agentId === primaryId || this.roster.find(agentId)?.zoneId !== zoneId) continue;
      this.awaited.heard(zoneId, agentId);
      this.roster.loadHeard(agentId, cpuLoad);
      if (state === 'heard') this.roster.heard(agentId, nowMs - Math.max(0, lastHeardMsAgo));
      this.liveness.reported(agentId, session, state, lastHeardMsAgo);
    }
  }

  helloHeard(zoneId: string, agentId: string, cpuLoad: number): void {
    this.roster.loadHeard(agentId, cpuLoad);
    this.liveness.helloHeard(agentId);
    const zone = this.election.view(zoneId);
    if (zone && hasPrimary(zone) && holderOf(zone)?.agentId !== agentId) this.await(zoneId, [agentId]);
  }

  private watch(zoneId: string, zone: ZoneElection): void {
    const holder = hasPrimary(zone) ? holderOf(zone) : undefined;
    if (holder === undefined || this.epochs.get(zoneId) === holder.epoch) return;
    this.epochs.set(zoneId, holder.epoch);
    this.liveness.primaryChanged(zoneId);
    this.awaited.forgetZone(zoneId);
    this.await(
      zoneId,
      [...this.roster.countedOf(zoneId)].filter((agentId) => agentId !== holder.agentId),
    );
  }

  private await(zoneId: string, agentIds: readonly string[]): void {
    const { heartbeatMs } = this.statuses.timesOf(zoneId);
    this.awaited.add(zoneId, agentIds, this.clock.monotonicMs() + missedBeats * heartbeatMs + marginMs);
    if (!this.timers.has(zoneId)) this.arm(zoneId);
  }

  /** Measures absence, which no event tells. */
  private arm(zoneId: string): void {
    const dueMs = this.awaited.nextDueMs(zoneId);
    if (dueMs === undefined) return void this.timers.delete(zoneId);
    const look = (): void => {
      // Without a primary nobody can be heard by one; the next one begins anew.
      const zone = this.election.view(zoneId);
      const overdue = this.awaited.overdue(zoneId, this.clock.monotonicMs());
      if (zone && hasPrimary(zone)) for (const agentId of overdue) this.liveness.unheard(agentId, cause);
      this.arm(zoneId);
    };
    this.timers.set(zoneId, this.clock.setTimer(look, dueMs - this.clock.monotonicMs()));
  }
}
