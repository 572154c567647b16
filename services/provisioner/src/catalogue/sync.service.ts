import { Clock } from '@klevr/platform/clock';
import { DueRounds } from '@klevr/platform/due-rounds';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { SourceReader } from './source-reader.service.js';
import { SourcesStore } from './sources.store.js';
import { SyncStore, type SyncResult } from './sync.store.js';

const longestMs = 300_000;
/** Somewhat longer: who lost the claim while it still worked has its result thrown away. */
const leaseMs = longestMs + 60_000;
const atOnce = 2;
/** A safety net, for what was committed by a process that ended before it told: what this one commits wakes it. */
const periodMs = 30_000;
const cleanEveryMs = 3_600_000;
/** What nothing is pinned to stays so long after its source dropped it: somebody may just be about to use it. */
const keptMs = 7 * 86_400_000;

/**
 * Keeps the catalogue like its sources.
 * Promises: each source is read when it was made or changed, on demand and when its time has come, by one replica at a time; what a replica that died left
 * behind is read again once its lease is over. Stops within moments, and leaves what it could not end to others.
 */
@Injectable()
export class SyncService {
  private readonly running = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly rounds: DueRounds;
  private cleanedMs: number | undefined;

  constructor(
    private readonly store: SyncStore,
    private readonly sources: SourcesStore,
    private readonly reader: SourceReader,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    const failure = 'the sources of recipes could not be looked at, they are again';
    this.rounds = new DueRounds({ clock, log, periodMs, round: () => this.round(), failure });
  }

  wake(): void {
    this.rounds.wake();
  }

  /** Resolves when this replica is done with it; at once where another one is at it. `again`: also what was read, and what was taken, before. */
  sync(sourceId: string, again: boolean): Promise<void> {
    const running = this.running.get(sourceId) ?? this.claimAndRead(sourceId, again).finally(() => this.running.delete(sourceId));
    this.running.set(sourceId, running);
    return running;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled([this.rounds.stop(), ...this.running.values()]);
  }

  private async claimAndRead(sourceId: string, again: boolean): Promise<void> {
    const lease = await this.store.claim(sourceId, this.in(0), this.in(leaseMs));
    if (lease === undefined) return;
    const before = await this.sources.get(sourceId);
    const known = again ? new Map<string, never>() : await this.store.known(sourceId);
    const tooLong = new AbortController();
    const cancel = this.clock.setTimer(() => tooLong.abort(), longestMs);
    const result = await this.reader
      .read(before, { again, known }, AbortSignal.any([tooLong.signal, this.stopping.signal]))
      .catch((error: unknown): SyncResult => {
        this.log.error({ error, sourceId }, 'a source of recipes could not be read');
        return { status: 'failed', message: 'could not be read by a fault of ours; the log of the provisioner has it' };
      })
      .finally(cancel);
    if (this.stopping.signal.aborted && result.status === 'failed') return this.store.release(sourceId, lease, this.in(0));
    const isStored = await this.store.finish(sourceId, lease, result, this.in(0));
    const told = { source: before.name, status: result.status, message: result.message, recipes: result.recipes?.length, isStored };
    this.log.info(told, 'a source of recipes was read');
    this.wake();
  }

  private async round(): Promise<Date | undefined> {
    const due = await this.store.due(this.in(0), atOnce);
    await Promise.all(due.map((id) => this.sync(id, false)));
    if (due.length === atOnce) this.wake();
    await this.clean();
    return this.store.nextTime();
  }

  private async clean(): Promise<void> {
    const now = this.clock.monotonicMs();
    if (this.cleanedMs !== undefined && now - this.cleanedMs < cleanEveryMs) return;
    this.cleanedMs = now;
    let after: string | undefined = '';
    while (after !== undefined && !this.stopping.signal.aborted) after = await this.store.removeUnused(this.in(-keptMs), after);
  }

  private in(ms: number): Date {
    return new Date(this.clock.nowMs() + ms);
  }
}
