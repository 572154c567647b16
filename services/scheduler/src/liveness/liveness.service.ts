import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { agentStatuses, type AgentStatus } from '@klevr/contracts/agent';
import type { ConnectionId } from '@klevr/contracts/presence';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { AgentProber } from '../hosts/agent.prober.js';
import type { StatusChange } from '../hosts/agents.store.js';
import { Roster, type RosterEntry } from '../hosts/roster.js';
import type { AgentRow } from '../tables/agent.entity.js';
import { AgentStatuses, expectedBefore } from './agent-statuses.service.js';
import { IncidentsService } from './incidents.service.js';
import {
  isCalm,
  legalChanges,
  livenessOf,
  step,
  wakeAtMs,
  type Liveness,
  type LivenessEffect,
  type LivenessSignal,
  type Setting,
} from './liveness-machine.js';
import { probes, statusChanges } from './liveness.metrics.js';
import { ProbeQueue } from './probe-queue.js';

/** Replicas believe a cut after up to twice as long, each at another time, so that mostly one of them stores it. */
const cutMs = 100;

/** What a change must find in the row, beside the status. */
type Only = Pick<StatusChange, 'session' | 'conn' | 'since'>;

interface Watched {
  liveness: Liveness;
  only: Only;
  cancel: CancelTimer;
  /** Changes of one agent are stored one after the other; so many are not yet. */
  storing: Promise<void>;
  unstored: number;
}

/**
 * Runs the liveness machine: gives it signals and the time, wakes it, asks agents for it, and stores what it decides. Every change is a
 * compare-and-set on the row, so that replicas may all try; each is an event with its cause, and by that event the others learn of it. Only agents
 * about which something is pending are kept here.
 */
@Injectable()
export class LivenessService implements OnApplicationShutdown {
  private readonly watched = new Map<string, Watched>();
  private readonly queue = new ProbeQueue();
  private cancelAsking: CancelTimer = () => undefined;
  private stopped = false;

  constructor(
    private readonly statuses: AgentStatuses,
    private readonly roster: Roster,
    private readonly prober: AgentProber,
    private readonly incidents: IncidentsService,
    private readonly clock: Clock,
  ) {
    incidents.onChange((zoneId, kind) => this.all({ kind }, zoneId));
  }

  /** The connection that it last spoke over: believed after a moment, in which the election has the disk for itself and the agent may be back. */
  cut(agentId: string, conn: ConnectionId): void {
    this.hear(agentId, { kind: 'cut', momentMs: cutMs * (1 + Math.random()) }, { conn });
  }

  connected(agentId: string): void {
    this.hear(agentId, { kind: 'connected' });
  }

  accused(agentId: string, cause: string): void {
    this.hear(agentId, { kind: 'accused', cause });
  }

  /** Nobody heard it; it is asked before that counts. */
  unheard(agentId: string, cause: string): void {
    this.hear(agentId, { kind: 'unheard', cause });
  }

  /** The primary's word about a member. What is known already costs nothing, as roll-ups repeat it. */
  reported(agentId: string, session: string, state: 'heard' | 'silent', lastHeardMsAgo: number): void {
    const heardAtMs = this.clock.monotonicMs() - Math.max(0, lastHeardMsAgo);
    this.hear(agentId, state === 'silent' ? { kind: 'silent' } : { kind: 'heard', heardAtMs }, { session });
  }

  primaryChanged(zoneId: string): void {
    this.all({ kind: 'primaryChanged' }, zoneId);
  }

  /** It said hello, here or to another replica: what was held against it is void. */
  helloHeard(agentId: string): void {
    this.roster.alive(agentId, this.clock.monotonicMs());
    this.forget(agentId);
  }

  async goodbye(agentId: string, session: string, reason: 'stopping' | 'suspending'): Promise<void> {
    const to = reason === 'stopping' ? 'left' : 'suspended';
    const from = agentStatuses.filter((status) => legalChanges[status].includes(to));
    this.forget(agentId);
    const agent = await this.statuses.change({ agentId, from, to, cause: `said goodbye: ${reason}`, at: this.now(), session });
    if (agent) this.counted(agent);
  }

  /** The status as the table has it, by an event of whichever replica changed it. */
  became(agentId: string, status: AgentStatus, { drained, excused = false }: { drained?: boolean; excused?: boolean } = {}): void {
    this.roster.became(agentId, status, drained);
    if (excused) this.roster.alive(agentId, this.clock.monotonicMs());
    const entry = this.roster.find(agentId);
    if (!entry) return this.forget(agentId);
    if (status === 'suspect') this.incidents.gone(entry.zoneId, agentId);
    else this.incidents.back(entry.zoneId, agentId);
    if (status !== 'suspect' && !excused && !this.watched.has(agentId)) return;
    this.hear(agentId, { kind: 'row', status, drained: entry.drained, excused });
  }

  /** Our own connection to NATS or the database was away: nobody's silence in that time counts. */
  ourFault(): void {
    this.statuses.doubtDatabase();
    this.all({ kind: 'ourFault' });
  }

  /** Agents that are suspect by the word of another replica, or from before our start. Safety net: events tell the same. */
  async takeUpSuspects(): Promise<void> {
    for await (const batch of this.statuses.withStatus('suspect')) {
      if (this.stopped) return;
      for (const row of batch) {
        this.statuses.learn(row);
        if (!this.watched.has(row.id)) this.became(row.id, row.status, row);
      }
    }
  }

  /** After a time in which cuts may have been missed: agents that count as there, on connections that nobody has seen, are asked. */
  askUnseen(seen: (conn: ConnectionId) => boolean, delayMs: number): void {
    this.cancelAsking();
    this.cancelAsking = this.clock.setTimer(() => {
      for (const { agentId, conn, status } of [...this.roster.entries()]) {
        if (status !== 'online' && status !== 'drained') continue;
        if (conn === undefined || !seen(conn)) this.unheard(agentId, 'not connected, and no answer to a probe');
      }
    }, delayMs);
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.queue.stop();
    this.cancelAsking();
    for (const { cancel } of this.watched.values()) cancel();
    this.watched.clear();
  }

  private all(signal: LivenessSignal, zoneId?: string): void {
    for (const agentId of [...this.watched.keys()]) {
      if (zoneId === undefined || this.roster.find(agentId)?.zoneId === zoneId) this.hear(agentId, signal);
    }
  }

  private hear(agentId: string, signal: LivenessSignal, only?: Only): void {
    const entry = this.roster.find(agentId);
    if (!entry) this.forget(agentId);
    if (this.stopped || !entry) return;
    const setting = this.settingOf(entry);
    const watched = this.watched.get(agentId) ?? this.begin(entry, setting);
    const { next, effects } = step(watched.liveness, signal, setting);
    const was = watched.liveness.status;
    const doubted = next.doubt !== undefined && next.doubt !== watched.liveness.doubt;
    watched.liveness = next;
    if (only && (doubted || effects.length > 0)) watched.only = only;
    this.watched.set(agentId, watched);
    for (const effect of effects) this.perform(entry, watched, effect, was);
    this.arm(agentId, watched);
  }

  private begin({ status, drained }: RosterEntry, setting: Setting): Watched {
    return { liveness: livenessOf(status, drained, setting), only: {}, cancel: () => undefined, storing: Promise.resolve(), unstored: 0 };
  }

  private settingOf({ agentId, zoneId }: RosterEntry): Setting {
    const times = this.statuses.timesOf(zoneId);
    const aliveAtMs = this.roster.aliveAtMs(agentId);
    return { ...times, aliveAtMs, nowMs: this.clock.monotonicMs(), incident: this.incidents.guards(zoneId) };
  }

  private arm(agentId: string, watched: Watched): void {
    watched.cancel();
    if (this.watched.get(agentId) !== watched) return;
    if (isCalm(watched.liveness) && watched.unstored === 0) return void this.watched.delete(agentId);
    const dueMs = wakeAtMs(watched.liveness);
    if (dueMs === undefined) return;
    watched.cancel = this.clock.setTimer(() => this.hear(agentId, { kind: 'tick' }), dueMs - this.clock.monotonicMs());
  }

  private forget(agentId: string): void {
    this.watched.get(agentId)?.cancel();
    this.watched.delete(agentId);
  }

  private perform({ agentId, zoneId }: RosterEntry, watched: Watched, effect: LivenessEffect, was: AgentStatus): void {
    if (effect.kind === 'change') {
      watched.unstored++;
      watched.storing = watched.storing
        .then(() => this.store(agentId, watched, effect, was))
        .then(() => {
          watched.unstored--;
          if (!this.stopped) this.arm(agentId, watched);
        });
      return;
    }
    const { atMs } = effect;
    this.queue.ask(
      () => this.prober.agent(zoneId, agentId),
      (answer) => {
        probes.inc({ answer });
        if (answer === 'alive') this.roster.alive(agentId, this.clock.monotonicMs());
        if (this.watched.get(agentId) === watched) this.hear(agentId, { kind: 'probed', atMs, answer });
      },
    );
  }

  private async store(agentId: string, watched: Watched, { to, cause }: Extract<LivenessEffect, { kind: 'change' }>, was: AgentStatus) {
    const current = (): boolean => this.watched.get(agentId) === watched;
    try {
      const zoneId = this.roster.find(agentId)?.zoneId;
      // Another replica may have opened one that this one has not heard of yet.
      if (to === 'lost' && zoneId !== undefined && (await this.incidents.guardsNow(zoneId))) {
        if (current()) this.hear(agentId, { kind: 'notStored', was });
        return;
      }
      const change = { agentId, from: expectedBefore(to), to, cause, at: this.now(), ...watched.only };
      const agent = await this.statuses.change(change);
      // Not as believed: its event, or the next sweep, tells what it is.
      if (agent === undefined) return current() ? this.forget(agentId) : undefined;
      watched.only = to === 'suspect' ? { since: agent.statusSince } : {};
      this.counted(agent);
    } catch {
      // The database is away, which is our fault and not the agent's.
      if (current()) this.hear(agentId, { kind: 'notStored', was });
    }
  }

  private counted({ id, zoneId, status }: AgentRow): void {
    statusChanges.inc({ status });
    if (status === 'suspect') this.incidents.gone(zoneId, id);
    else this.incidents.back(zoneId, id);
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
