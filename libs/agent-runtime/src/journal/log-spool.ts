import { open, readFile, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LogFact } from '@klevr/contracts/fact';
import type { Clock } from '@klevr/platform/clock';
import type { AppendFileOptions, AppendHandle } from './append-file.js';
import type { SpooledFact, WithoutSeq } from './fact-spool.js';
import { LogSegment, recordsOf } from './log-segment.js';
import { Pressure } from './pressure.js';

/**
 * The facts of the lane `logs`: pieces of output that the centre has not stored yet.
 * Promises: a piece is sent only from a file, so output survives a crash of the agent, and its number is never given to another, not even after a power failure
 * (numbers are reserved on disk first); in memory is no more than the part that is sent next and the one that is written; disk is bounded; a writer waits while the
 * centre answers more slowly than it writes. Does not: keep what comes when it is full (nobody has answered for long), nor what was written in the last seconds
 * before a power failure: only the reservation is synced, and a run that ends so is lost anyway.
 */
export type LogFactBody = WithoutSeq<LogFact>;

export interface LogSpoolOptions {
  readonly path: string;
  readonly clock: Pick<Clock, 'setTimer'>;
}

const maxBytes = 48 * 1024 * 1024;
const segmentBytes = 1024 * 1024;
const reservedAtOnce = 10_000;

export class LogSpool {
  private changed: () => void = () => undefined;
  private readonly pressure: Pressure;
  private reserved = 0;
  private reserving: Promise<void> | undefined;
  private rolling: Promise<void> | undefined;
  private loading: Promise<void> | undefined;
  private removing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: LogSpoolOptions,
    private journalId: string,
    private segments: [LogSegment, ...LogSegment[]],
    private number: number,
    private following: number,
  ) {
    this.pressure = new Pressure(
      options.clock,
      segments.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }

  /** A spool of another journal is of no use: its numbers mean other facts. */
  static async open(options: LogSpoolOptions, journalId: string): Promise<LogSpool> {
    const found = await segmentsOf(options.path);
    const marks = await marksOf(found.map(({ path }) => path));
    const same = marks.journalId === journalId;
    const kept: LogSegment[] = [];
    for (const { path } of found) {
      const segment = await LogSegment.read(path, same ? marks.answered : Infinity);
      if (segment.count === 0) await segment.remove();
      else if (kept.push(segment) > 1) segment.unload();
    }
    const number = (found.at(-1)?.number ?? 0) + 1;
    const tail = await LogSegment.make(fileOptions(options, number));
    const [first, ...others] = kept;
    const segments: [LogSegment, ...LogSegment[]] = first === undefined ? [tail] : [first, ...others, tail];
    const spool = new LogSpool(options, journalId, segments, number, same ? marks.nextSeq : 1);
    await spool.reserve();
    return spool;
  }

  onFacts(listener: () => void): void {
    this.changed = listener;
  }

  /** Goes on as the spool of another journal. */
  async renewId(journalId: string): Promise<void> {
    this.journalId = journalId;
    await this.reserve();
  }

  get full(): boolean {
    return this.pressure.heldBytes > maxBytes || this.pressure.stuck;
  }

  /** What is not answered, as the sender sees it. */
  get facts(): Pick<LogSpool, 'next' | 'count' | 'hasUnwritten'> {
    return this;
  }

  get count(): number {
    return this.segments.reduce((sum, segment) => sum + segment.count, 0);
  }

  get heldInMemoryBytes(): number {
    return this.segments.reduce((sum, { facts, bytes }) => sum + (facts === undefined ? 0 : bytes), 0);
  }

  get hasUnwritten(): boolean {
    return this.tail.hasUnwritten;
  }

  next(maxFacts: number, maxBatchBytes: number): SpooledFact<LogFact>[] {
    const taken: SpooledFact<LogFact>[] = [];
    let bytes = 0;
    for (const held of this.segments[0].facts ?? []) {
      bytes += held.bytes + 1;
      if (!held.durable || held.seq >= this.reserved || taken.length >= maxFacts || (taken.length > 0 && bytes > maxBatchBytes)) break;
      taken.push(held);
    }
    return taken;
  }

  /** Answers a promise where the writer has to wait: for the disk, or for a centre that answers slowly. */
  add(body: LogFactBody): Promise<void> | undefined {
    const seq = this.following++;
    if (this.following > this.reserved - reservedAtOnce / 2) this.reserving ??= this.reserve();
    const { bytes, written } = this.tail.add({ ...body, seq });
    const wait = this.pressure.taken(bytes);
    void written.then(() => {
      this.pressure.written(bytes);
      this.changed();
    });
    if (this.tail.fileBytes > segmentBytes) this.rolling ??= this.roll();
    return wait;
  }

  settle(throughSeq: number): void {
    let bytes = 0;
    for (const segment of this.segments) bytes += segment.settle(throughSeq);
    this.tail.later({ t: 'answered', seq: throughSeq });
    this.pressure.answered(bytes);
    this.dropDone();
  }

  async lastWrite(): Promise<void> {
    await this.tail.settled();
  }

  async close(): Promise<void> {
    this.pressure.close();
    await this.rolling;
    await this.loading;
    await this.removing;
    await this.tail.seal();
  }

  private get tail(): LogSegment {
    return this.segments.at(-1) ?? this.segments[0];
  }

  private async reserve(): Promise<void> {
    const through = this.following + reservedAtOnce;
    await this.tail.keep({ t: 'journal', id: this.journalId, version: 1 }, { t: 'nextSeq', seq: through });
    this.reserved = through;
    this.reserving = undefined;
    this.changed();
  }

  private async roll(): Promise<void> {
    const fresh = await LogSegment.make(fileOptions(this.options, this.number + 1)).catch(() => undefined);
    if (fresh !== undefined) {
      const full = this.tail;
      this.number += 1;
      this.segments.push(fresh);
      await this.reserve();
      await full.seal();
      if (full !== this.segments[0]) full.unload();
    }
    this.rolling = undefined;
    this.dropDone();
  }

  /** The parts that are answered go; the next one comes into memory. */
  private dropDone(): void {
    while (this.segments.length > 1 && this.segments[0].count === 0 && this.rolling === undefined) {
      const [done, next, ...rest] = this.segments;
      if (next === undefined) return;
      this.segments = [next, ...rest];
      this.changed();
      this.removing = this.removing.then(() => done.remove()).catch(() => undefined);
    }
    const [head] = this.segments;
    if (head.facts === undefined) this.loading ??= this.load(head);
  }

  private async load(head: LogSegment): Promise<void> {
    await head.load().catch(() => this.pressure.answered(head.giveUp()));
    this.loading = undefined;
    this.dropDone();
    this.changed();
  }
}

const namePattern = /^(.+)\.(\d+)$/;

const segmentsOf = async (path: string): Promise<{ path: string; number: number }[]> => {
  const names = await readdir(dirname(path));
  const found = names.flatMap((name) => {
    const [, base, number] = namePattern.exec(name) ?? [];
    return base === basename(path) ? [{ path: join(dirname(path), name), number: Number(number) }] : [];
  });
  return found.sort((a, b) => a.number - b.number);
};

/** One file after the other, as all of them together may be large. */
const marksOf = async (paths: readonly string[]): Promise<{ journalId: string | undefined; answered: number; nextSeq: number }> => {
  let [journalId, answered, nextSeq]: [string | undefined, number, number] = [undefined, 0, 1];
  for (const path of paths) {
    for (const record of recordsOf(await readFile(path))) {
      if (record.t === 'journal') journalId = record.id;
      else if (record.t === 'answered') answered = Math.max(answered, record.seq);
      else nextSeq = Math.max(nextSeq, record.t === 'fact' ? record.fact.seq + 1 : record.seq);
    }
  }
  return { journalId, answered, nextSeq };
};

const reservation = Buffer.from('"nextSeq"');

/** Only what holds a reservation is synced. */
const fileOptions = ({ path, clock }: LogSpoolOptions, number: number): AppendFileOptions => ({
  path: `${path}.${number}`,
  clock,
  openHandle: async (file, flags) => {
    const handle = await open(file, flags, 0o600);
    let due = false;
    const write = ((bytes: Buffer, offset: number, length: number, position: number) => {
      due ||= bytes.includes(reservation);
      return handle.write(bytes, offset, length, position);
    }) as AppendHandle['write'];
    const datasync = async (): Promise<void> => {
      if (due) await handle.datasync();
      due = false;
    };
    return { write, datasync, truncate: (bytes) => handle.truncate(bytes), close: () => handle.close() };
  },
});
