import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConnectionId } from '@klevr/contracts/presence';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { AgentProber } from '../hosts/agent.prober.js';
import { AgentsStore, type StatusChange } from '../hosts/agents.store.js';
import { HostPool } from '../hosts/host-pool.service.js';
import type { AgentRow } from '../tables/agent.entity.js';
import { ZonesStore } from '../zones/zones.store.js';

/** How long a thing that failed for our own sake is left alone. */
const againMs = 5_000;

const askedAtOnce = 50;
/** Replicas wait up to twice as long, each another time, so that mostly one of them stores it. */
const cutMs = 100;

const connOf = ({ connServer, connClient }: AgentRow): ConnectionId => ({ serverId: connServer ?? '', clientId: connClient ?? -1 });

/**
 * online → suspect → lost. Every change is a compare-and-set on the row, so that replicas may all try; each is an event with its cause.
 * Suspicion is cheap and immediate. Lost takes the zone's grace and a probe without an answer, and never follows from a fault of ours: a grace
 * that our own connection or the database was away in begins anew.
 */
@Injectable()
export class LivenessService implements OnApplicationShutdown {
  private readonly graces = new Map<string, CancelTimer>();
  private readonly cuts = new Map<string, CancelTimer>();
  private graceFromMs = 0;
  private cancelAsking: CancelTimer = () => undefined;
  private stopped = false;

  constructor(
    private readonly agents: AgentsStore,
    private readonly zones: ZonesStore,
    private readonly pool: HostPool,
    private readonly prober: AgentProber,
    private readonly clock: Clock,
  ) {}

  /** A cut connection: stored after a moment, in which the election has the disk for itself and an agent that dials again says hello. */
  suspectSoon(agentId: string, conn: ConnectionId): void {
    if (this.stopped) return;
    this.cuts.get(agentId)?.();
    const cancel = this.clock.setTimer(
      () => {
        this.cuts.delete(agentId);
        this.suspect(agentId, 'its connection was cut', { conn }).catch(() => this.ourFault());
      },
      cutMs * (1 + Math.random()),
    );
    this.cuts.set(agentId, cancel);
  }

  async suspect(agentId: string, cause: string, only: { conn?: ConnectionId; session?: string } = {}): Promise<void> {
    const agent = await this.change({ agentId, from: ['online'], to: 'suspect', cause, at: this.now(), ...only });
    if (agent) await this.beginGrace(agent);
  }

  async online(agentId: string, cause: string, only: { session?: string } = {}): Promise<void> {
    const agent = await this.change({ agentId, from: ['suspect'], to: 'online', cause, at: this.now(), ...only });
    if (agent) this.endGrace(agentId);
  }

  /** The primary's word about a member. What is known already asks nothing of the database, as roll-ups repeat it. */
  async reported(agentId: string, session: string, state: 'heard' | 'silent'): Promise<void> {
    const suspect = this.graces.has(agentId);
    if (state === 'silent' && !suspect) await this.suspect(agentId, 'silent towards its primary', { session });
    if (state === 'heard' && suspect) await this.online(agentId, 'heard by its primary', { session });
  }

  async gone(agentId: string, session: string, reason: 'stopping' | 'suspending'): Promise<void> {
    const to = reason === 'stopping' ? 'left' : 'suspended';
    const from = ['online', 'suspect', 'lost'] as const;
    await this.change({ agentId, from, to, cause: `said goodbye: ${reason}`, at: this.now(), session });
  }

  /** Our own connection to NATS or the database was away: nobody's silence in that time counts. */
  ourFault(): void {
    this.graceFromMs = this.clock.monotonicMs();
  }

  /** Takes up the graces of agents that are suspect by the word of another replica, or from before our start. */
  async takeUpSuspects(): Promise<void> {
    for (let afterId = ''; !this.stopped;) {
      const batch = await this.agents.list({ status: 'suspect', ...(afterId === '' ? {} : { afterId }) }, 200);
      for (const agent of batch) if (!this.graces.has(agent.id)) await this.beginGrace(agent);
      if (batch.length < 200) return;
      afterId = batch.at(-1)?.id ?? '';
    }
  }

  /** After a time in which cuts may have been missed: agents that count as online, on connections that nobody has seen, are asked. */
  askUnseen(seen: (conn: ConnectionId) => boolean, delayMs: number): void {
    this.cancelAsking();
    this.cancelAsking = this.clock.setTimer(() => void this.askAll(seen).catch(() => this.ourFault()), delayMs);
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.cancelAsking();
    for (const cancel of this.cuts.values()) cancel();
    for (const cancel of this.graces.values()) cancel();
    this.graces.clear();
  }

  private async askAll(seen: (conn: ConnectionId) => boolean): Promise<void> {
    for (let afterId = ''; !this.stopped;) {
      const batch = await this.agents.list({ status: 'online', ...(afterId === '' ? {} : { afterId }) }, askedAtOnce);
      await Promise.all(batch.filter((agent) => !(agent.connServer && seen(connOf(agent)))).map((agent) => this.ask(agent)));
      if (batch.length < askedAtOnce) return;
      afterId = batch.at(-1)?.id ?? '';
    }
  }

  private async ask({ id, zoneId, session }: AgentRow): Promise<void> {
    if ((await this.prober.agent(zoneId, id)) !== 'dead' || session === null) return;
    await this.suspect(id, 'not connected, and no answer to a probe', { session });
  }

  private endGrace(agentId: string): void {
    this.graces.get(agentId)?.();
    this.graces.delete(agentId);
  }

  private async beginGrace(agent: AgentRow): Promise<void> {
    const zone = await this.zones.get(agent.zoneId);
    const graceMs = zone.settings.lostAfterSeconds * 1000;
    const leftMs = Math.max(0, agent.statusSince.getTime() + graceMs - this.clock.nowMs());
    this.arm(agent, graceMs, leftMs);
  }

  private arm(agent: AgentRow, graceMs: number, delayMs: number): void {
    this.endGrace(agent.id);
    if (this.stopped) return;
    const cancel = this.clock.setTimer(() => void this.judge(agent, graceMs).catch(() => this.afterFault(agent, graceMs)), delayMs);
    this.graces.set(agent.id, cancel);
  }

  private afterFault(agent: AgentRow, graceMs: number): void {
    this.ourFault();
    this.arm(agent, graceMs, Math.max(graceMs, againMs));
  }

  private async judge(agent: AgentRow, graceMs: number): Promise<void> {
    const dueMs = this.graceFromMs + graceMs;
    const nowMs = this.clock.monotonicMs();
    if (this.graceFromMs > 0 && nowMs < dueMs) return this.arm(agent, graceMs, dueMs - nowMs);
    const current = await this.agents.find(agent.id);
    if (current?.status !== 'suspect' || current.statusSince.getTime() !== agent.statusSince.getTime()) {
      this.graces.delete(agent.id);
      if (current?.status === 'suspect') await this.beginGrace(current);
      return;
    }
    const answer = await this.prober.agent(agent.zoneId, agent.id);
    if (answer === 'unknown') return this.afterFault(agent, graceMs);
    this.graces.delete(agent.id);
    if (answer === 'alive') return this.online(agent.id, 'answered a probe');
    const cause = `nothing heard for ${graceMs / 1000} s, and no answer to a probe`;
    await this.change({ agentId: agent.id, from: ['suspect'], to: 'lost', cause, at: this.now(), since: agent.statusSince });
  }

  private async change(change: StatusChange): Promise<AgentRow | undefined> {
    const agent = await this.agents.changeStatus(change);
    if (agent) await this.pool.changed(agent);
    return agent;
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
