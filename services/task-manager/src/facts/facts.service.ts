import type { FactBatchReply } from '@klevr/contracts/fact';
import { AppError } from '@klevr/contracts/errors';
import { Batcher } from '@klevr/persistence/batcher';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { ZonePrimariesService } from '../dispatch/zone-primaries.service.js';
import { factsStored, runsEnded, startSeconds } from '../metrics.js';
import { WakeUps } from '../wake-ups.js';
import type { FactSource } from './fact-batch.js';
import { FactsStore, type StoredFacts } from './facts.store.js';
import { LiveLogClient } from './live-log.client.js';

/**
 * Takes facts in; answers after their commit.
 * Promises: batches that wait share one transaction; where one of them cannot be stored, the others are, and then its facts one by one, so a
 * single fact that nothing can store is set aside and stops nothing. A database that is away refuses the call, and the agent sends again.
 */
@Injectable()
export class FactsService {
  private readonly batches: Batcher<FactSource, FactBatchReply>;

  constructor(
    private readonly store: FactsStore,
    private readonly primaries: ZonePrimariesService,
    private readonly out: { readonly wakeUps: WakeUps; readonly liveLog: LiveLogClient },
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.batches = new Batcher({
      run: async (sources) => (await this.apply(sources)).map((value) => ({ value })),
      maxSize: 64,
      retryAlone: (error) => !isUnavailable(error),
    });
  }

  async take(source: FactSource): Promise<FactBatchReply> {
    try {
      return await this.batches.add(source);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      this.log.error(
        { agentId: source.agentId, lane: source.batch.lane, error },
        'a batch of facts could not be stored, trying its facts one by one',
      );
      return this.oneByOne(source);
    }
  }

  private async oneByOne(source: FactSource): Promise<FactBatchReply> {
    const results: FactBatchReply['results'] = [];
    for (const fact of source.batch.facts) {
      const single = { ...source, batch: { ...source.batch, facts: [fact] } };
      try {
        results.push(...(await this.apply([single])).flatMap((reply) => reply.results));
      } catch (error) {
        if (isUnavailable(error)) throw error;
        const detail = error instanceof Error ? error.message : String(error);
        await this.store.setAside({ source: single, seq: fact.seq, detail, body: JSON.stringify(fact) }, this.now());
        results.push({ seq: fact.seq, result: 'refused', detail: 'it cannot be stored and was set aside' });
      }
    }
    return { results };
  }

  private async apply(sources: readonly FactSource[]): Promise<readonly FactBatchReply[]> {
    const stored = await this.store.apply(sources, this.now());
    this.count(sources, stored);
    const { wakeUps, liveLog } = this.out;
    for (const zoneId of stored.staleZones) this.primaries.doubt(zoneId);
    wakeUps.zones(stored.wakeZones);
    wakeUps.stored(stored.stored);
    if (stored.chunks.length > 0) void liveLog.offer(stored.chunks, stored.runs);
    return stored.replies;
  }

  private count(sources: readonly FactSource[], { replies, stored, acceptedAfterMs }: StoredFacts): void {
    for (const status of stored.ended) runsEnded.inc({ status });
    for (const afterMs of acceptedAfterMs) startSeconds.observe(afterMs / 1000);
    replies.forEach(({ results }, index) => {
      const lane = sources[index]?.batch.lane ?? '';
      for (const { result } of results) factsStored.inc({ lane, result });
    });
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}

const isUnavailable = (error: unknown): boolean => error instanceof AppError && error.code === 'UNAVAILABLE';
