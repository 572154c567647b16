import type { CancelTimer, Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { Gauge } from 'prom-client';
import type { DataSource, EntityManager } from 'typeorm';
import { transactionConflict } from './database-errors.js';
import { countBacklog, deleteRows, forgetOldRefused, lockOutbox, nextRows, setAside, wavesOf, type OutboxRow } from './outbox-batch.js';
import type { OutboxMessage, OutboxTable } from './outbox.js';

/** A message that the broker will never take, and why; it is set aside so that the rest flows. */
export interface RefusedMessage {
  readonly id: string;
  readonly reason: string;
}

/** Resolves once the broker stored every message, but those it returns; throws when any could be stored later. */
export type PublishOutbox = (messages: readonly OutboxMessage[]) => Promise<readonly RefusedMessage[] | void>;

export interface OutboxRelayOptions {
  readonly dataSource: DataSource;
  readonly table: OutboxTable;
  readonly publish: PublishOutbox;
  readonly clock: Clock;
  readonly log: Log;
  /** What is appended within this time after a batch was begun goes out in the next one together; 0 unless said. What comes after a rest goes at once. */
  readonly gatherMs?: number;
}

const BATCH_ROWS = 200;
const SAFETY_NET_MS = 5_000;
const PUBLISH_TIMEOUT_MS = 10_000;
/** Together with the publish limit this stays below the 30 s after which the server ends an idle transaction. */
const WAVES_TIME_LIMIT_MS = 10_000;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;

const backlogGauge = new Gauge({
  name: 'klevr_outbox_messages',
  help: 'Messages in the outbox, counted to 100,000: waiting to be published, or refused by the broker',
  labelNames: ['table', 'state'],
});

/**
 * Publishes what the outbox holds and deletes it after the broker's acknowledgement.
 *
 * Promises: every committed message is published at least once; copies carry the same id. Messages of one subject are stored in the order of their
 * rows. Any number of relays may run on one table: each batch is taken under a row lock that lives and dies with the relay's transaction, so they
 * take turns and never interleave, and the end of one process hands over at once. At most one batch is in memory.
 * Does not promise: no copies. A crash between acknowledgement and delete, or an acknowledgement that got lost, publishes again; the broker drops
 * copies within its window (2 minutes for JetStream unless set), and later ones are for the consumers, which are idempotent by the message's id.
 */
export class OutboxRelay {
  private running: Promise<void> | undefined;
  private wanted = false;
  private stopped = true;
  private failures = 0;
  private failing = false;
  private countedAtMs = Number.NEGATIVE_INFINITY;
  private cancelTimer: CancelTimer = () => undefined;
  private begunAtMs = Number.NEGATIVE_INFINITY;
  private endGathering: () => void = () => undefined;

  constructor(private readonly options: OutboxRelayOptions) {}

  start(): void {
    this.stopped = false;
    this.wake();
  }

  /** Call after every commit that appended. During a back-off it only notes that there is work. */
  wake(): void {
    this.wanted = true;
    if (!this.stopped && !this.running && this.failures === 0) this.run();
  }

  /** Call when the broker or the database is back: ends a back-off. */
  retryNow(): void {
    this.failures = 0;
    this.wake();
  }

  /** Lets the batch in flight end (bounded by the time limits above) and takes no other. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    this.endGathering();
    await this.running;
  }

  private run(): void {
    this.cancelTimer();
    this.running = this.drain().finally(() => {
      this.running = undefined;
      if (this.stopped) return;
      if (this.wanted && this.failures === 0) this.run();
      else this.setTimer();
    });
  }

  /** Safety net for messages whose process ended between their commit and its wake; while something fails, the back-off. */
  private setTimer(): void {
    const delayMs = this.failures === 0 ? SAFETY_NET_MS : Math.min(FIRST_BACKOFF_MS * 2 ** (this.failures - 1), LONGEST_BACKOFF_MS);
    this.cancelTimer = this.options.clock.setTimer(() => this.run(), delayMs);
  }

  private async drain(): Promise<void> {
    try {
      for (let [more, full] = [true, false]; more && !this.stopped; more = full || this.wanted) {
        if (!full) await this.gather();
        this.wanted = false;
        full = await this.relayBatch();
      }
      await this.observeBacklog();
      this.failures = 0;
      if (this.failing) this.options.log.info({ table: this.options.table.name }, 'outbox flows again');
      this.failing = false;
    } catch (error) {
      this.failures++;
      // Another relay held the lock for longer than the lock wait: it has the work, this one looks again.
      if (this.failing || transactionConflict(error)) return;
      this.failing = true;
      this.options.log.warn({ table: this.options.table.name, error }, 'outbox cannot be published now');
    }
  }

  /** A batch costs a transaction and the broker's acknowledgements, whether it holds one message or many. */
  private async gather(): Promise<void> {
    const { clock, gatherMs = 0 } = this.options;
    const leftMs = this.begunAtMs + gatherMs - clock.monotonicMs();
    if (leftMs > 0 && !this.stopped) {
      await new Promise<void>((resolve) => {
        const cancel = clock.setTimer(resolve, leftMs);
        this.endGathering = () => (cancel(), resolve());
      });
    }
    this.begunAtMs = clock.monotonicMs();
  }

  /** Takes one batch; true if there may be more. A failure in a later wave keeps what the earlier ones achieved. */
  private async relayBatch(): Promise<boolean> {
    const { dataSource, table, clock } = this.options;
    const outcome = await dataSource.transaction(async (manager) => {
      await lockOutbox(manager, table);
      const rows = await nextRows(manager, table, BATCH_ROWS);
      const endMs = clock.monotonicMs() + WAVES_TIME_LIMIT_MS;
      let left = rows.length;
      for (const wave of wavesOf(rows)) {
        if (left < rows.length && clock.monotonicMs() >= endMs) return { more: true };
        try {
          await this.publishWave(manager, wave);
        } catch (error) {
          return { more: true, error };
        }
        left -= wave.length;
      }
      return { more: rows.length === BATCH_ROWS };
    });
    if ('error' in outcome) throw outcome.error;
    return outcome.more;
  }

  private async publishWave(manager: EntityManager, wave: readonly OutboxRow[]): Promise<void> {
    const { table, publish, log } = this.options;
    const refusals = new Map<string, string>();
    for (const { id, reason } of (await this.withinLimit(publish(wave.map((row) => row.message)))) ?? []) refusals.set(id, reason);
    await deleteRows(
      manager,
      table,
      wave.filter((row) => !refusals.has(row.message.id)),
    );
    for (const row of wave) {
      const reason = refusals.get(row.message.id);
      if (reason === undefined) continue;
      await setAside(manager, table, row, reason);
      log.error(
        { table: table.name, messageId: row.message.id, subject: row.message.subject, reason },
        'message refused by the broker, set aside',
      );
    }
  }

  private async withinLimit<T>(work: Promise<T>): Promise<T> {
    let cancel: CancelTimer = () => undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      cancel = this.options.clock.setTimer(
        () => reject(new Error(`no acknowledgement within ${PUBLISH_TIMEOUT_MS} ms`)),
        PUBLISH_TIMEOUT_MS,
      );
    });
    return Promise.race([work, limit]).finally(() => cancel());
  }

  private async observeBacklog(): Promise<void> {
    const { dataSource, table, clock } = this.options;
    if (clock.monotonicMs() - this.countedAtMs < SAFETY_NET_MS) return;
    this.countedAtMs = clock.monotonicMs();
    await forgetOldRefused(dataSource.manager, table);
    const { waiting, refused } = await countBacklog(dataSource.manager, table);
    backlogGauge.set({ table: table.name, state: 'waiting' }, waiting);
    backlogGauge.set({ table: table.name, state: 'refused' }, refused);
  }
}
