import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { StandingReply } from '@klevr/contracts/presence';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { AgentProber } from '../hosts/agent.prober.js';
import { CandidatesSource } from './candidates.source.js';
import { elections } from './election.metrics.js';
import { PrimariesKeeper } from './primaries.keeper.js';
import { settle } from '@klevr/election/settlement';
import { hasPrimary, newZoneElection, type ElectionAction, type ElectionEvent, type ZoneElection } from '@klevr/election/settlement-types';
import { TermRecorder } from './term.recorder.js';

/** An election must not wait for the next refresh because the database was away at the start. */
const loadAgainMs = 3_000;

export type ZoneListener = (zoneId: string, zone: ZoneElection) => void;
type Outcome = StandingReply['outcome'];

/** A zone as this replica holds it, with what the core does not know: timers and waiting questions. */
interface Held {
  readonly zone: ZoneElection;
  readonly timers: Map<string, CancelTimer>;
}

/** Zones that were deleted are remembered while something may still be heard of them. */
const mostForgotten = 10_000;

/** Binds the settlement of each zone to bucket, timers, database and NATS. It decides nothing. */
@Injectable()
export class ElectionShell implements OnApplicationShutdown {
  private readonly zones = new Map<string, Held>();
  private readonly forgotten = new Set<string>();
  private readonly answers = new Map<number, (outcome: Outcome) => void>();
  private readonly listeners = new Set<ZoneListener>();
  private suspectListener: (agentId: string, cause: string) => void = () => undefined;
  private nextRef = 1;
  private quietUntilMs = 0;
  private stopped = false;

  constructor(
    private readonly keeper: PrimariesKeeper,
    private readonly candidates: CandidatesSource,
    private readonly prober: AgentProber,
    private readonly recorder: TermRecorder,
    private readonly clock: Clock,
  ) {}

  onSuspect(listener: (agentId: string, cause: string) => void): void {
    this.suspectListener = listener;
  }

  /** Called after every event of any zone. */
  watch(listener: ZoneListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  view(zoneId: string): ZoneElection | undefined {
    return this.zones.get(zoneId)?.zone;
  }

  /** Zones that have a usable primary, or that have none. */
  countZones(withPrimary: boolean): number {
    return [...this.zones.values()].filter(({ zone }) => hasPrimary(zone) === withPrimary).length;
  }

  /** Safety net: candidates that this replica never heard of. */
  refresh(): void {
    for (const zoneId of this.zones.keys()) void this.loadCandidates(zoneId);
  }

  /** Begins to keep the zone, if it is new here and was not deleted. */
  keep(zoneId: string): ZoneElection {
    const known = this.zones.get(zoneId);
    if (known) return known.zone;
    const zone = newZoneElection(this.quietUntilMs);
    if (this.forgotten.has(zoneId)) return zone;
    this.zones.set(zoneId, { zone, timers: new Map() });
    void this.loadCandidates(zoneId).then(() => this.hear(zoneId, { kind: 'timer', timer: 'retry' }));
    return zone;
  }

  get keptZones(): readonly string[] {
    return [...this.zones.keys()];
  }

  /** The zone was deleted: nothing that is still heard of it counts, and its key goes, also one that a replica writes that did not know yet. */
  forget(zoneId: string): void {
    const held = this.zones.get(zoneId);
    for (const cancel of held?.timers.values() ?? []) cancel();
    this.zones.delete(zoneId);
    this.forgotten.add(zoneId);
    for (const oldest of this.forgotten) if (this.forgotten.size > mostForgotten) this.forgotten.delete(oldest);
    for (const { ref } of held?.zone.signs ?? []) this.answer(ref, 'notPrimary');
    void this.keeper.remove(zoneId);
  }

  hear(zoneId: string, event: ElectionEvent): void {
    if (this.stopped) return;
    if (this.forgotten.has(zoneId)) {
      if (event.kind === 'keyHeard' && event.key !== null) void this.keeper.remove(zoneId);
      if (event.kind === 'sign' && event.ref !== undefined) this.answer(event.ref, 'notPrimary');
      return;
    }
    const zone = this.keep(zoneId);
    const now = { monotonicMs: this.clock.monotonicMs(), wallMs: this.clock.nowMs() };
    for (const action of settle(zone, event, now)) this.perform(zoneId, action);
    for (const listener of this.listeners) listener(zoneId, zone);
  }

  /** A ready or stamp that this replica answers. */
  sign(zoneId: string, sign: Omit<Extract<ElectionEvent, { kind: 'sign' }>, 'kind' | 'ref'>): Promise<Outcome> {
    const ref = this.nextRef++;
    return new Promise((resolve) => {
      this.answers.set(ref, resolve);
      this.hear(zoneId, { kind: 'sign', ref, ...sign });
    });
  }

  /** After the connection to NATS came back, or at the start: events were missed. */
  reconnected(quietMs: number): void {
    this.quietUntilMs = this.clock.monotonicMs() + quietMs;
    for (const zoneId of this.zones.keys()) {
      this.hear(zoneId, { kind: 'reconnected' });
      void this.loadCandidates(zoneId);
    }
  }

  /** Where the bucket is missing it is made again, and every zone is settled anew; a write whose fate is unknown may have met none. */
  async checkBucket(): Promise<void> {
    if (!(await this.keeper.ensureQuietly())) return;
    for (const zoneId of this.zones.keys()) this.hear(zoneId, { kind: 'reconnected' });
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    for (const { timers } of this.zones.values()) for (const cancel of timers.values()) cancel();
    for (const resolve of this.answers.values()) resolve('unavailable');
    this.answers.clear();
  }

  private answer(ref: number, outcome: Outcome): void {
    this.answers.get(ref)?.(outcome);
    this.answers.delete(ref);
  }

  private perform(zoneId: string, action: ElectionAction): void {
    switch (action.kind) {
      case 'read':
        return void this.read(zoneId, action.knownRevision);
      case 'write':
        return void this.write(zoneId, action);
      case 'lookUp':
        return void this.lookUp(zoneId, action.agentId);
      case 'probe':
        return void this.prober
          .epoch(zoneId, action.agentId, action.epoch)
          .then((answer) => this.hear(zoneId, { kind: 'probed', epoch: action.epoch, answer }));
      case 'arm':
        return this.arm(zoneId, action);
      case 'record':
        if (action.record.kind === 'appointed') elections.inc({ cause: action.record.cause });
        return this.recorder.record(zoneId, action.record);
      case 'answer':
        return this.answer(action.ref, action.outcome);
      case 'suspect':
        return this.suspectListener(action.agentId, action.cause);
      case 'checkBucket':
        return void this.checkBucket();
    }
  }

  private async read(zoneId: string, knownRevision: number | undefined): Promise<void> {
    const found = await this.keeper.read(zoneId);
    if (found.outcome === 'found' || found.outcome === 'none') {
      const key = found.outcome === 'found' ? found.key : null;
      return this.hear(zoneId, { kind: 'keyRead', revision: found.revision, key, knownRevision });
    }
    this.hear(zoneId, { kind: 'readFailed' });
  }

  private async write(zoneId: string, { writeId, key, expectedRevision }: Extract<ElectionAction, { kind: 'write' }>): Promise<void> {
    this.hear(zoneId, { kind: 'wrote', writeId, result: await this.keeper.put(zoneId, key, expectedRevision) });
  }

  private async lookUp(zoneId: string, agentId: string): Promise<void> {
    this.hear(zoneId, { kind: 'lookedUp', agentId, session: await this.candidates.sessionOf(agentId) });
  }

  private arm(zoneId: string, { timer, delayMs, jitterMs }: Extract<ElectionAction, { kind: 'arm' }>): void {
    this.after(zoneId, timer, delayMs + Math.random() * jitterMs, () => this.hear(zoneId, { kind: 'timer', timer }));
  }

  private after(zoneId: string, what: string, delayMs: number, work: () => void): void {
    const timers = this.zones.get(zoneId)?.timers;
    timers?.get(what)?.();
    if (!this.stopped) timers?.set(what, this.clock.setTimer(work, delayMs));
  }

  private async loadCandidates(zoneId: string): Promise<void> {
    const found = await this.candidates.ofZone(zoneId);
    if (found === undefined) return this.after(zoneId, 'load', loadAgainMs * (1 + Math.random()), () => void this.loadCandidates(zoneId));
    for (const candidate of found) this.hear(zoneId, { kind: 'candidateLoaded', candidate });
  }
}
