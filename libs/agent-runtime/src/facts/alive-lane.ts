import type { RunCommand } from '@klevr/contracts/command';
import type { AliveFact, FactBatch, FactBatchReply } from '@klevr/contracts/fact';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { keyOf } from '../journal/attempt-ledger.js';
import { defaultGraceMs } from '../run/run-stop.js';
import type { LeaseGuard } from './lease-guard.js';

/**
 * The lane `alive`: attempts that another agent may take over (`RunCommand.aloneSeconds`) hold on to their lease by it.
 * Promises: an attempt is ended when no sign of it was answered for `aloneSeconds`, counted from the sending of the last answered one (before the first, from its
 * acceptance) on a clock that counts sleep, and at once when the centre says that it is another's now; errors, and that nobody is there, are no answers. Signs go
 * out each quarter of that time but at least each 15 s, all of the agent's in one message, and again after 2 s where no answer came. A host that wakes from a sleep
 * longer than that ends it within a second. Does not: spool or journal anything, or wait for the end of what it ends.
 */
export interface AliveLaneOptions {
  readonly journalId: () => string;
  readonly send: (batch: FactBatch) => Promise<FactBatchReply>;
  readonly clock: Pick<Clock, 'setTimer' | 'uptimeSeconds'>;
  /** The centre's time. */
  readonly nowMs: () => number;
  readonly log: Log;
  /** Ends what the agent itself cannot end in time. */
  readonly guard?: Pick<LeaseGuard, 'set' | 'drop'>;
}

interface Lease {
  readonly runId: string;
  readonly attempt: number;
  readonly aloneSeconds: number;
  readonly everySeconds: number;
  readonly graceSeconds: number;
  readonly end: (cause: 'superseded' | 'alone') => void;
  /** Uptime at the sending of the last sign that was answered. */
  heldSince: number;
  nextAt: number;
}

type Leased = Pick<RunCommand, 'runId' | 'attempt' | 'aloneSeconds' | 'killGraceSeconds'>;
/** As its folder is named. */
const nameOf = ({ runId, attempt }: Lease): string => `${runId}.${attempt}`;

const largestGapSeconds = 15;
const againSeconds = 2;
/** Nothing tells that the host has slept: the clock is looked at. */
const lookMs = 1_000;
const mostFacts = 2_000;

export class AliveLane {
  private readonly leases = new Map<string, Lease>();
  private seq = 0;
  private shut = true;
  private sending = false;
  private cancel: (() => void) | undefined;

  constructor(private readonly options: AliveLaneOptions) {}

  /** `waitedMs`: how long ago it was accepted. Answers how to let go. */
  hold({ runId, attempt, aloneSeconds = Infinity, killGraceSeconds }: Leased, end: Lease['end'], waitedMs = 0): () => void {
    const heldSince = this.options.clock.uptimeSeconds() - waitedMs / 1000;
    const everySeconds = Math.min(aloneSeconds / 4, largestGapSeconds);
    const graceSeconds = killGraceSeconds ?? defaultGraceMs / 1000;
    const lease: Lease = { runId, attempt, aloneSeconds, everySeconds, graceSeconds, end, heldSince, nextAt: heldSince + everySeconds };
    this.leases.set(keyOf(lease), lease);
    this.guard(lease);
    this.plan();
    return () => {
      this.leases.delete(keyOf(lease));
      this.options.guard?.drop(nameOf(lease));
    };
  }

  /** Nothing may be sent without a session. */
  setShut(shut: boolean): void {
    this.shut = shut;
    if (!shut) this.wake();
  }

  /** The connection may be back: no sign waits for its time. */
  wake(): void {
    const now = this.options.clock.uptimeSeconds();
    for (const lease of this.leases.values()) if (lease.nextAt > now && lease.heldSince + lease.everySeconds < now) lease.nextAt = now;
    this.look();
  }

  stop(): void {
    this.leases.clear();
    this.cancel?.();
    this.cancel = undefined;
  }

  private look(): void {
    this.cancel?.();
    this.cancel = undefined;
    const now = this.options.clock.uptimeSeconds();
    for (const lease of this.leases.values()) if (now - lease.heldSince >= lease.aloneSeconds) this.let(lease, 'alone');
    const due = [...this.leases.values()].filter(({ nextAt }) => nextAt <= now).slice(0, mostFacts);
    if (due.length > 0 && !this.sending && !this.shut) void this.sign(due, now);
    this.plan();
  }

  /** The end of a lease is met to the millisecond, a sign to the next look. */
  private plan(): void {
    if (this.leases.size === 0) return;
    const ends = [...this.leases.values()].map(({ heldSince, aloneSeconds }) => heldSince + aloneSeconds);
    const untilEndMs = (Math.min(...ends) - this.options.clock.uptimeSeconds()) * 1000;
    this.cancel?.();
    this.cancel = this.options.clock.setTimer(() => this.look(), Math.min(lookMs, Math.max(0, untilEndMs)));
  }

  private async sign(leases: readonly Lease[], sentAt: number): Promise<void> {
    const { send, journalId, nowMs, clock, log } = this.options;
    const atMs = nowMs();
    const signs = new Map(leases.map((lease) => [(this.seq += 1), lease]));
    const facts = [...signs].map(([seq, { runId, attempt }]): AliveFact => ({ kind: 'alive', seq, atMs, runId, attempt }));
    this.sending = true;
    for (const lease of leases) lease.nextAt = Infinity;
    const reply = await send({ journalId: journalId(), lane: 'alive', facts }).catch((error: unknown) => {
      log.debug({ error, attempts: leases.length }, 'signs of life were not answered');
      return undefined;
    });
    this.sending = false;
    const answers = new Map(reply?.results.map(({ seq, result }) => [seq, result]));
    for (const [seq, lease] of signs) this.answered(lease, answers.get(seq), sentAt, clock.uptimeSeconds());
    this.look();
  }

  private answered(lease: Lease, result: FactBatchReply['results'][number]['result'] | undefined, sentAt: number, now: number): void {
    if (this.leases.get(keyOf(lease)) !== lease) return;
    if (result === 'refused') return this.let(lease, 'superseded');
    if (result === undefined) {
      lease.nextAt = now + againSeconds;
      return;
    }
    lease.heldSince = Math.max(lease.heldSince, sentAt);
    lease.nextAt = lease.heldSince + lease.everySeconds;
    this.guard(lease);
  }

  private guard(lease: Lease): void {
    this.options.guard?.set(nameOf(lease), lease.heldSince + lease.aloneSeconds + lease.graceSeconds);
  }

  private let(lease: Lease, cause: 'superseded' | 'alone'): void {
    const { runId, attempt, aloneSeconds } = lease;
    this.leases.delete(keyOf(lease));
    this.options.log.warn({ runId, attempt, aloneSeconds, cause }, 'the attempt may be another agent’s now: it is ended');
    lease.end(cause);
  }
}
