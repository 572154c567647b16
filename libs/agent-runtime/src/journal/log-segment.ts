import { readFile, rm } from 'node:fs/promises';
import type { LogFact } from '@klevr/contracts/fact';
import { AppendFile, type AppendFileOptions } from './append-file.js';
import type { SpooledFact } from './fact-spool.js';
import { LogSpoolRecord } from './journal-record.js';
import { decodeLines } from './line-codec.js';

/**
 * A part of the spool of output: a file that is written to its size, then only read, then removed.
 * Promises: its facts need not be in memory to be counted; `load` brings them back in the order of their numbers. Does not: decide when it is full or done with.
 */
export class LogSegment {
  /** Undefined where they are on disk only. */
  private held: SpooledFact<LogFact>[] | undefined;
  private lastWrite: Promise<void> = Promise.resolve();
  /** Of its facts that are not answered. */
  count = 0;
  bytes = 0;

  constructor(
    readonly path: string,
    private file: AppendFile | undefined,
    facts: readonly LogFact[],
  ) {
    this.held = facts.map(spooledOf);
    for (const { bytes } of this.held) this.gain(bytes);
  }

  static async make(options: AppendFileOptions): Promise<LogSegment> {
    const { file } = await AppendFile.open(options);
    return new LogSegment(options.path, file, []);
  }

  /** One of an earlier life; what is answered up to `answeredThrough` does not count. */
  static async read(path: string, answeredThrough: number): Promise<LogSegment> {
    return new LogSegment(
      path,
      undefined,
      factsOf(await readFile(path)).filter(({ seq }) => seq > answeredThrough),
    );
  }

  get facts(): readonly SpooledFact<LogFact>[] | undefined {
    return this.held;
  }

  get fileBytes(): number {
    return this.file?.sizeBytes ?? 0;
  }

  get hasUnwritten(): boolean {
    return this.held?.at(-1)?.durable === false;
  }

  /** Resolves when the fact is on disk, however long that takes. */
  add(fact: LogFact): { readonly bytes: number; readonly written: Promise<void> } {
    const spooled = { seq: fact.seq, fact, bytes: bytesOf(fact), durable: false };
    this.held?.push(spooled);
    this.gain(spooled.bytes);
    this.lastWrite = this.keep({ t: 'fact', fact }).then(() => void (spooled.durable = true));
    return { bytes: spooled.bytes, written: this.lastWrite };
  }

  keep(...records: LogSpoolRecord[]): Promise<void> {
    return this.file?.keep(...records) ?? Promise.resolve();
  }

  later(record: LogSpoolRecord): void {
    this.file?.later(record);
  }

  async settled(): Promise<void> {
    await this.file?.settled();
  }

  /** Drops what the centre has answered; answers how many bytes. */
  settle(throughSeq: number): number {
    if (this.held === undefined) return 0;
    const count = this.held.findIndex(({ seq }) => seq > throughSeq);
    const dropped = this.held.splice(0, count === -1 ? this.held.length : count);
    const bytes = dropped.reduce((sum, one) => sum + one.bytes, 0);
    this.count -= dropped.length;
    this.bytes -= bytes;
    return bytes;
  }

  /** Nothing is written to it any more. */
  async seal(): Promise<void> {
    await this.lastWrite;
    await this.file?.close();
    this.file = undefined;
  }

  unload(): void {
    this.held = undefined;
  }

  async load(): Promise<void> {
    this.held = factsOf(await readFile(this.path)).map(spooledOf);
  }

  /** It cannot be read: what it held is lost. Answers how many bytes. */
  giveUp(): number {
    const { bytes } = this;
    [this.held, this.count, this.bytes] = [[], 0, 0];
    return bytes;
  }

  async remove(): Promise<void> {
    await this.seal();
    await rm(this.path, { force: true });
  }

  private gain(bytes: number): void {
    this.count += 1;
    this.bytes += bytes;
  }
}

export const recordsOf = (bytes: Buffer): LogSpoolRecord[] =>
  decodeLines(bytes).records.flatMap((record) => LogSpoolRecord.safeParse(record).data ?? []);

const factsOf = (bytes: Buffer): LogFact[] => recordsOf(bytes).flatMap((record) => (record.t === 'fact' ? [record.fact] : []));

const spooledOf = (fact: LogFact): SpooledFact<LogFact> => ({ seq: fact.seq, fact, bytes: bytesOf(fact), durable: true });

/** As JSON, near enough for limits and without making it. */
const bytesOf = ({ data }: LogFact): number => data.length + 240;
