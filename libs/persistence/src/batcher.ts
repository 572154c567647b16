import { AppError } from '@klevr/contracts/errors';

/** What a batch function says about one item. */
export type BatchOutcome<T> = { readonly value: T } | { readonly error: unknown };

export interface BatcherOptions<TIn, TOut> {
  /** Handles the items of one batch together; answers one outcome an item, in their order. Rejecting fails every item. */
  readonly run: (items: readonly TIn[]) => Promise<readonly BatchOutcome<TOut>[]>;
  readonly maxSize: number;
  /** Items that may wait in all lanes together; beyond it `add` is refused with UNAVAILABLE. */
  readonly maxWaiting?: number;
  /** Items of different lanes are batched apart, and their batches run side by side. One lane for all unless said. */
  readonly laneOf?: (item: TIn) => string;
  /** After a rejected batch of several items: whether to run each alone, so that one bad item does not fail its neighbours. */
  readonly retryAlone?: (error: unknown) => boolean;
}

interface Waiting<TIn, TOut> {
  readonly item: TIn;
  readonly resolve: (value: TOut) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins concurrent calls into batches: the first call of an idle lane runs at once, those that come while it runs make the next batch.
 *
 * Promises: no delay of its own; at most one batch in flight a lane; order of arrival kept within a lane; each caller gets exactly its own result
 * or error; an idle lane holds no memory.
 * Does not promise: atomicity. That is the batch function's matter; with `retryAlone` it must undo a batch that it rejects.
 */
export class Batcher<TIn, TOut> {
  private readonly lanes = new Map<string, Waiting<TIn, TOut>[]>();
  private waiting = 0;

  constructor(private readonly options: BatcherOptions<TIn, TOut>) {}

  add(item: TIn): Promise<TOut> {
    const { maxWaiting = 10_000, laneOf } = this.options;
    if (this.waiting >= maxWaiting)
      return Promise.reject(new AppError('UNAVAILABLE', 'Too much waits to be stored', { retryAfterSeconds: 1 }));
    const name = laneOf?.(item) ?? '';
    return new Promise((resolve, reject) => {
      this.waiting++;
      const lane = this.lanes.get(name);
      if (lane) {
        lane.push({ item, resolve, reject });
        return;
      }
      const started = [{ item, resolve, reject }];
      this.lanes.set(name, started);
      void this.work(name, started);
    });
  }

  /** Lanes with work in flight. */
  get busyLanes(): number {
    return this.lanes.size;
  }

  private async work(name: string, lane: Waiting<TIn, TOut>[]): Promise<void> {
    // Calls made in the same turn of the event loop join the first batch.
    await Promise.resolve();
    while (lane.length > 0) {
      const batch = lane.splice(0, this.options.maxSize);
      this.waiting -= batch.length;
      await this.settle(batch);
    }
    this.lanes.delete(name);
  }

  private async settle(batch: readonly Waiting<TIn, TOut>[]): Promise<void> {
    try {
      const outcomes = await this.options.run(batch.map((call) => call.item));
      if (outcomes.length !== batch.length)
        throw new TypeError(`the batch function answered ${outcomes.length} outcomes for ${batch.length} items`);
      batch.forEach((call, index) => deliver(call, outcomes[index]));
    } catch (error) {
      if (batch.length > 1 && this.options.retryAlone?.(error) === true) {
        for (const call of batch) await this.settle([call]);
      } else {
        for (const call of batch) call.reject(error);
      }
    }
  }
}

function deliver<TOut>(call: Waiting<unknown, TOut>, outcome: BatchOutcome<TOut> | undefined): void {
  if (outcome && 'value' in outcome) call.resolve(outcome.value);
  else call.reject(outcome?.error);
}
