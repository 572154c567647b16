import type { LogFact } from '@klevr/contracts/fact';
import { AppendFile, type AppendFileOptions } from './append-file.js';
import { FactSpool, type SpooledFact, type WithoutSeq } from './fact-spool.js';
import { LogSpoolRecord } from './journal-record.js';

/**
 * The facts of the lane `logs`: pieces of output that the centre has not stored yet.
 * Promises: a piece is sent only from disk, so output survives a crash of the agent and its number is never given to another; memory and disk are bounded.
 * Does not: keep what comes when it is full; the caller then cuts the run's output and says so.
 */
export type LogFactBody = WithoutSeq<LogFact>;

const maxBytes = 48 * 1024 * 1024;
const compactAtBytes = 16 * 1024 * 1024;
/** So much may wait for the disk before the writers are asked to wait as well. */
const maxUnwrittenBytes = 1024 * 1024;

export class LogSpool {
  private changed: () => void = () => undefined;
  private unwrittenBytes = 0;

  private constructor(
    private journalId: string,
    private readonly file: AppendFile,
    readonly facts: FactSpool<LogFact>,
  ) {}

  /** A spool of another journal is of no use: its numbers mean other facts. */
  static async open(options: AppendFileOptions, journalId: string): Promise<LogSpool> {
    const { file, records, damaged } = await AppendFile.open(options);
    const facts = new FactSpool<LogFact>();
    const known = records.flatMap((record) => LogSpoolRecord.safeParse(record).data ?? []);
    const same = known.some((record) => record.t === 'journal' && record.id === journalId);
    if (same) {
      const numbers = (kind: 'answered' | 'nextSeq'): number[] => known.flatMap((record) => (record.t === kind ? [record.seq] : []));
      facts.restore(
        known.flatMap((record) => (record.t === 'fact' ? [record.fact] : [])),
        Math.max(0, ...numbers('answered').slice(-1)),
        Math.max(1, ...numbers('nextSeq').slice(-1)),
      );
    }
    const spool = new LogSpool(journalId, file, facts);
    if (!same || damaged) file.rewrite(() => spool.snapshot());
    return spool;
  }

  onFacts(listener: () => void): void {
    this.changed = listener;
  }

  /** Goes on as the spool of another journal. */
  async renewId(journalId: string): Promise<void> {
    this.journalId = journalId;
    this.file.rewrite(() => this.snapshot());
    await this.file.settled();
  }

  get full(): boolean {
    return this.facts.bytes > maxBytes;
  }

  /** Answers a promise where so much waits for the disk that the writer has to wait as well. */
  add(body: LogFactBody): Promise<void> | undefined {
    const spooled = this.facts.add(body);
    this.unwrittenBytes += spooled.bytes;
    const written = this.file.keep(factRecord(spooled)).then(() => {
      this.unwrittenBytes -= spooled.bytes;
      spooled.durable = true;
      this.changed();
    });
    return this.unwrittenBytes > maxUnwrittenBytes ? written : undefined;
  }

  settle(throughSeq: number): void {
    this.facts.settle(throughSeq);
    this.file.later({ t: 'answered', seq: throughSeq } satisfies LogSpoolRecord);
    if (this.file.sizeBytes > compactAtBytes + 2 * this.facts.bytes) this.file.rewrite(() => this.snapshot());
  }

  async lastWrite(): Promise<void> {
    await this.file.settled();
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private *snapshot(): Iterable<LogSpoolRecord> {
    yield { t: 'journal', id: this.journalId, version: 1 };
    yield { t: 'nextSeq', seq: this.facts.nextSeq };
    yield { t: 'answered', seq: this.facts.answeredThrough };
    for (const spooled of this.facts.all()) yield factRecord(spooled);
  }
}

const factRecord = ({ fact }: SpooledFact<LogFact>): LogSpoolRecord => ({ t: 'fact', fact });
