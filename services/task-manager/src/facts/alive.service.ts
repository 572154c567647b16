import { AliveFact, type FactBatch, type FactBatchReply } from '@klevr/contracts/fact';
import { Batcher, type BatchOutcome } from '@klevr/persistence/batcher';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { AliveStore, keyOf, type LivingAttempt } from './alive.store.js';

/**
 * Hears of the attempts that another agent could take over.
 * Promises: `stored` means that nobody takes the attempt over before its agent has been unheard of for its `aloneSeconds` from now; `refused`, that it is another's
 * or over. Reports that come while others are stored share the next statement. Does not: number or keep these facts.
 */
@Injectable()
export class AliveService {
  private readonly batches: Batcher<readonly LivingAttempt[], ReadonlySet<string>>;

  constructor(store: AliveStore, clock: Clock) {
    this.batches = new Batcher({
      run: async (living): Promise<BatchOutcome<ReadonlySet<string>>[]> => {
        const present = await store.moveLeases(living.flat(), new Date(clock.nowMs()));
        return living.map(() => ({ value: present }));
      },
      maxSize: 64,
    });
  }

  async take(agentId: string, { facts }: FactBatch): Promise<FactBatchReply> {
    const parsed = facts.map((raw) => ({ seq: raw.seq, fact: AliveFact.safeParse(raw).data }));
    const living = parsed.flatMap(({ fact }) => (fact === undefined ? [] : [{ runId: fact.runId, attempt: fact.attempt, agentId }]));
    const present = living.length === 0 ? new Set<string>() : await this.batches.add(living);
    return {
      results: parsed.map(({ seq, fact }) => {
        if (fact === undefined) return { seq, result: 'refused' as const, detail: 'is no sign of life' };
        if (present.has(keyOf({ ...fact, agentId }))) return { seq, result: 'stored' as const };
        return { seq, result: 'refused' as const, detail: 'the attempt has ended, or is of another agent' };
      }),
    };
  }
}
