import { rename } from 'node:fs/promises';
import { AppError, type ErrorCode } from '@klevr/contracts/errors';
import type { EventFact } from '@klevr/contracts/fact';
import { newId } from '@klevr/contracts/ids';
import { AppendFile, type AppendFileOptions } from './append-file.js';
import { AttemptLedger, keyOf, type AttemptKey } from './attempt-ledger.js';
import { FactSpool, type SpooledFact, type WithoutSeq } from './fact-spool.js';
import { endsAttempt, foldJournal } from './journal-fold.js';
import type { AttemptEntry, JournalRecord } from './journal-record.js';

/**
 * What this agent must not forget: attempts, unanswered facts of the lane `events`, the epoch floor.
 * Promises: an attempt that may start is on disk first; a fact is sent only from disk, so its number is never given to another; a new file has a new
 * journal id, by which the centre sees that what an old one knew is gone. Does not: run or send anything.
 */
export type EventFactBody = WithoutSeq<EventFact>;
export interface AttemptCommand extends AttemptKey {
  readonly notAfterMs: number;
  /** Null: no limit. */
  readonly timeoutSeconds?: number | null;
}
export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
}

const maxSpoolBytes = 64 * 1024 * 1024;
const spoolFull = 'the centre has not answered for so long that there is no room for another result';
/** Of work that is over soon, its end is written and sent together with its beginning. */
export type SendFacts = 'now' | 'soon';
const isBeginning = ({ kind }: EventFact): boolean => kind === 'accepted' || kind === 'started' || kind === 'stepStarted';
const beginningWithinMs = 20;
const floorWithinMs = 150;
const minCompactionBytes = 4 * 1024 * 1024;

export class Journal {
  private compactAtBytes = minCompactionBytes;
  private changed: (when: SendFacts) => void = () => undefined;
  private readonly awaited = new Map<string, () => void>();

  private constructor(
    private journalId: string,
    private readonly file: AppendFile,
    readonly ledger: AttemptLedger,
    readonly facts: FactSpool<EventFact>,
    private floor: number,
  ) {}

  /** Opens the journal or begins a new one; a damaged one is set aside under the name that comes back. */
  static async open(options: AppendFileOptions): Promise<{ journal: Journal; setAside: string | undefined }> {
    let { file, records, damaged } = await AppendFile.open(options);
    const told = foldJournal(records);
    if (told.id !== undefined && !damaged)
      return { journal: new Journal(told.id, file, told.ledger, told.facts, told.floor), setAside: undefined };
    const setAside = records.length > 0 ? `${options.path}.damaged-${newId('journal')}` : undefined;
    if (setAside !== undefined) {
      await file.close();
      await rename(options.path, setAside);
      ({ file } = await AppendFile.open(options));
    }
    const fresh = new Journal(newId('journal'), file, new AttemptLedger(), new FactSpool<EventFact>(), told.floor);
    await file.appendAll([...fresh.snapshot()]);
    return { journal: fresh, setAside };
  }

  /** Called whenever facts may have become sendable. */
  onFacts(listener: (when: SendFacts) => void): void {
    this.changed = listener;
  }

  get id(): string {
    return this.journalId;
  }

  /** Goes on under another id, all entries and facts kept: the numbers given from now on, and those not yet told, are this copy's own. */
  async renewId(): Promise<void> {
    this.journalId = newId('journal');
    this.file.rewrite(() => this.snapshot());
    await this.file.settled();
  }

  get epochFloor(): number {
    return this.floor;
  }

  /**
   * Records that the attempt starts, and that it was accepted; both are on disk when the promise resolves. Where they cannot be written the
   * attempt becomes a tombstone and the promise rejects with SPOOL_FULL.
   */
  async start(command: AttemptCommand, atMs: number): Promise<void> {
    this.refuseIfFull(command, atMs);
    const starting = entryOf(command, 'starting');
    this.ledger.put(starting);
    await this.begin(command, starting, [acceptedFact(command, atMs)], atMs);
  }

  /**
   * For an attempt that is over as soon as it begins and of which nothing can be left: `run` tells all of it, and one write holds that when the promise
   * resolves. A crash before leaves nothing, so it has never been accepted. Rejects as `start` does.
   */
  async startAndEnd(command: AttemptCommand, atMs: number, run: () => Promise<readonly EventFactBody[]>): Promise<void> {
    this.refuseIfFull(command, atMs);
    this.ledger.put(entryOf(command, 'starting'));
    const told = await run();
    const finished = entryOf(command, 'finished');
    this.ledger.put(finished);
    await this.begin(command, finished, [acceptedFact(command, atMs), ...told], atMs);
  }

  /** A tombstone: the attempt will never start here, and the centre is told so. */
  refuse(command: AttemptCommand, refusal: Refusal, atMs: number): void {
    this.bury(command, refusal.code, [this.facts.add(refusedFact(command, refusal, atMs))]);
  }

  /** Resolves when the fact is on disk, however long that takes. */
  async report(body: EventFactBody): Promise<void> {
    const spooled = this.facts.add(body);
    if (isBeginning(spooled.fact)) {
      await this.file.within(beginningWithinMs, factRecord(spooled));
      this.written([spooled]);
      return;
    }
    const entry = body.kind === 'finished' ? this.ledger.find(body) : undefined;
    if (entry === undefined) return this.hold([spooled], factRecord(spooled));
    const finished: AttemptEntry = { ...entry, state: 'finished' };
    this.ledger.put(finished);
    await this.hold([spooled], attemptRecord(finished), factRecord(spooled));
  }

  /** The centre has answered all facts up to this one; which attempts are settled by that is told again by the number alone. */
  settle(throughSeq: number): void {
    for (const { fact } of this.facts.settle(throughSeq)) {
      if (!endsAttempt(fact)) continue;
      this.ledger.settle(fact);
      this.awaited.get(keyOf(fact))?.();
    }
    this.file.later({ t: 'answered', seq: throughSeq } satisfies JournalRecord);
  }

  forget(key: AttemptKey): void {
    const settled = this.ledger.settle(key);
    if (settled !== undefined) this.file.later(attemptRecord(settled));
  }

  /** Resolves when the centre has stored the end of this attempt, which runs; for one caller an attempt. */
  stored(key: AttemptKey): Promise<void> {
    return new Promise((resolve) => void this.awaited.set(keyOf(key), resolve));
  }

  /**
   * Only what the key's own republish or a hello answer said may come here. It holds at once, and is on disk before or with whatever is accepted under it;
   * by itself it is written a little later, since at the moment of an appointment every disk is busy with the appointment. A process that dies in between is told
   * the floor by its next hello, before it takes any command.
   */
  raiseFloor(epoch: number): void {
    if (epoch <= this.floor) return;
    this.floor = epoch;
    void this.file.within(floorWithinMs, { t: 'floor', epoch } satisfies JournalRecord);
  }

  /** Drops what can matter no more, and writes the file anew where most of it is such. */
  tidy(centreNowMs: number): void {
    this.ledger.prune(centreNowMs);
    if (this.file.sizeBytes < this.compactAtBytes) return;
    this.file.rewrite(() => this.snapshot());
    this.compactAtBytes = Math.max(minCompactionBytes, 2 * this.facts.bytes + 400 * this.ledger.size);
  }

  /** Resolves when the write under way, if any, has ended. */
  async lastWrite(): Promise<void> {
    await this.file.settled();
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private refuseIfFull(command: AttemptCommand, atMs: number): void {
    if (this.facts.bytes <= maxSpoolBytes) return;
    this.refuse(command, { code: 'SPOOL_FULL', detail: spoolFull }, atMs);
    throw new AppError('SPOOL_FULL', spoolFull);
  }

  private async begin(command: AttemptCommand, entry: AttemptEntry, bodies: readonly EventFactBody[], atMs: number): Promise<void> {
    const spooled = bodies.map((body) => this.facts.add(body));
    try {
      await this.file.appendAll([attemptRecord(entry), ...spooled.map(factRecord)]);
    } catch (cause) {
      const refusal = { code: 'SPOOL_FULL' as const, detail: `the journal cannot be written: ${messageOf(cause)}` };
      // The facts' numbers are taken but were never sent, so the refusal gets them; the centre takes it once.
      const refused = refusedFact(command, refusal, atMs);
      for (const one of spooled) this.facts.change(one, refused);
      this.bury(command, refusal.code, spooled);
      throw new AppError(refusal.code, refusal.detail, { cause });
    }
    this.written(spooled);
  }

  private async hold(spooled: readonly SpooledFact<EventFact>[], ...records: JournalLine[]): Promise<void> {
    await this.file.keep(...records);
    this.written(spooled);
  }

  private bury({ runId, attempt, notAfterMs }: AttemptCommand, code: string, spooled: readonly SpooledFact<EventFact>[]): void {
    const tombstone: AttemptEntry = { runId, attempt, notAfterMs, state: 'refused', code, settled: false };
    this.ledger.put(tombstone);
    void this.hold(spooled, attemptRecord(tombstone), ...spooled.map(factRecord));
  }

  private written(spooled: readonly SpooledFact<EventFact>[]): void {
    for (const one of spooled) this.facts.written(one);
    this.changed(spooled.every(({ fact }) => isBeginning(fact)) ? 'soon' : 'now');
  }

  private *snapshot(): Iterable<JournalLine> {
    yield { t: 'journal', id: this.id, version: 1 };
    yield { t: 'floor', epoch: this.floor };
    yield { t: 'nextSeq', seq: this.facts.nextSeq };
    yield { t: 'answered', seq: this.facts.answeredThrough };
    for (const entry of this.ledger.all()) yield attemptRecord(entry);
    for (const spooled of this.facts.all()) yield factRecord(spooled);
  }
}

const attemptRecord = (entry: AttemptEntry): JournalRecord => ({ t: 'attempt', entry });
/** A record, or the JSON text of one. */
type JournalLine = JournalRecord | string;
const factRecord = ({ fact, json }: SpooledFact<EventFact>): JournalLine =>
  json === undefined ? { t: 'fact', fact } : `{"t":"fact","fact":${json}}`;
const entryOf = ({ runId, attempt, notAfterMs, timeoutSeconds }: AttemptCommand, state: AttemptEntry['state']): AttemptEntry => {
  const long = timeoutSeconds === null ? { longWork: true } : {};
  return { runId, attempt, notAfterMs, ...long, state, settled: false };
};
const acceptedFact = ({ runId, attempt }: AttemptKey, atMs: number): EventFactBody => ({ kind: 'accepted', runId, attempt, atMs });
const refusedFact = ({ runId, attempt }: AttemptKey, { code, detail }: Refusal, atMs: number): EventFactBody => ({
  kind: 'refused',
  runId,
  attempt,
  atMs,
  code,
  detail,
});
const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
