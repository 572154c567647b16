import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LogFact } from '@klevr/contracts/fact';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { LogSpool, type LogFactBody } from './log-spool.js';

const mebibyte = 1024 * 1024;

describe('the spool of output', () => {
  let folder: string;
  let clock: FakeClock;
  const journalId = newId('journal');
  const open = (id = journalId): Promise<LogSpool> => LogSpool.open({ path: join(folder, 'logs'), clock }, id);
  const piece = (bytes = 3, offset = 0): LogFactBody => ({
    kind: 'log',
    runId: newId('run'),
    attempt: 1,
    atMs: 1,
    phase: 'step',
    index: 0,
    try: 1,
    stream: 'stdout',
    offset,
    data: Buffer.alloc(bytes, 'x').toString('base64'),
    cut: false,
  });
  const offered = (spool: LogSpool): LogFact[] => spool.facts.next(2000, 1e9).map(({ fact }) => fact);
  /** Sends as the sender does: what is on disk is answered, batch by batch, until nothing is left. */
  const drain = async (spool: LogSpool, until = 0): Promise<LogFact[]> => {
    const sent: LogFact[] = [];
    while (spool.facts.count > until) {
      const batch = spool.facts.next(2000, 256 * 1024).map(({ fact }) => fact);
      sent.push(...batch);
      const last = batch.at(-1);
      if (last === undefined) await new Promise((resolve) => spool.onFacts(() => resolve(undefined)));
      else spool.settle(last.seq);
    }
    return sent;
  };
  const diskBytes = async (): Promise<number> => {
    const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-logs-'));
    clock = new FakeClock();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('goes on as the spool of another journal', async () => {
    const [spool, other] = [await open(), newId('journal')];
    void spool.add(piece());
    await spool.renewId(other);
    await spool.close();
    const again = await open(other);
    expect(again.facts.count).toBe(1);
    await again.close();
  });

  it('offers what is on disk, also after a restart, and never gives a number twice', async () => {
    const spool = await open();
    void spool.add(piece());
    void spool.add(piece());
    expect(offered(spool)).toEqual([]);
    await spool.close();
    const again = await open();
    expect(offered(again).map(({ seq }) => seq)).toEqual([1, 2]);
    again.settle(2);
    void again.add(piece());
    await again.close();
    const third = await open();
    const [left, ...more] = offered(third).map(({ seq }) => seq);
    expect(left).toBeGreaterThan(2);
    expect(more).toEqual([]);
    await third.close();
  });

  it('gives no number again although a power failure took the pieces that had it', async () => {
    const spool = await open();
    const empty = (await stat(join(folder, 'logs.1'))).size;
    for (let count = 0; count < 50; count += 1) void spool.add(piece());
    const sent = await drain(spool);
    await spool.close();
    await truncate(join(folder, 'logs.1'), empty);
    const again = await open();
    void again.add(piece());
    const next = (await drain(again))[0]?.seq ?? 0;
    expect(next).toBeGreaterThan(sent.at(-1)?.seq ?? Infinity);
    await again.close();
  });

  it('is empty under another journal', async () => {
    const spool = await open();
    void spool.add(piece());
    await spool.close();
    const other = await open(newId('journal'));
    expect(other.facts.count).toBe(0);
    void other.add(piece());
    expect((await drain(other)).map(({ seq }) => seq)).toEqual([1]);
    await other.close();
  });

  it('keeps what is far from being sent on disk alone, and brings it back in its order', async () => {
    const spool = await open();
    const offsets = Array.from({ length: 300 }, (_, index) => index);
    for (const offset of offsets) {
      const wait = spool.add(piece(48 * 1024, offset));
      await spool.lastWrite();
      clock.advance(20_000);
      await wait;
    }
    expect(spool.heldInMemoryBytes).toBeLessThan(4 * mebibyte);
    await spool.close();
    const again = await open();
    expect(again.facts.count).toBe(300);
    expect(again.heldInMemoryBytes).toBeLessThan(4 * mebibyte);
    void again.add(piece(10, 300));
    expect((await drain(again)).map(({ offset }) => offset)).toEqual([...offsets, 300]);
    await again.close();
    expect(await diskBytes()).toBeLessThan(3 * mebibyte);
  });

  it('asks its writers to wait while much is being written', async () => {
    const spool = await open();
    const waits = Array.from({ length: 30 }, () => spool.add(piece(48 * 1024)));
    expect(waits[0]).toBeUndefined();
    expect(waits.at(-1)).toBeInstanceOf(Promise);
    await waits.at(-1);
    expect(spool.add(piece())).toBeUndefined();
    await spool.close();
  });

  it('asks its writers to wait while the centre answers slowly', async () => {
    const spool = await open();
    let wait: Promise<void> | undefined;
    while (wait === undefined || spool.facts.count < 100) {
      wait = spool.add(piece(48 * 1024));
      await spool.lastWrite();
      if (spool.facts.count < 60) await wait;
    }
    let free = false;
    void wait.then(() => (free = true));
    await drain(spool, 80);
    expect(free).toBe(false);
    await drain(spool, 10);
    expect(free).toBe(true);
    await spool.close();
  });

  it('holds nobody up for a centre that does not answer, until it is full', async () => {
    const spool = await open();
    let waits = 0;
    while (!spool.full) {
      const wait = spool.add(piece(48 * 1024));
      await spool.lastWrite();
      if (wait !== undefined) waits += 1;
      clock.advance(10_000);
      await wait;
    }
    expect(waits).toBe(1);
    expect(spool.facts.count * 64 * 1024).toBeGreaterThan(45 * mebibyte);
    await spool.close();
  }, 20_000);

  it('does not grow on disk with what was answered', async () => {
    const spool = await open();
    for (let round = 0; round < 6; round += 1) {
      for (let number = 0; number < 60; number += 1) await spool.add(piece(48 * 1024));
      await drain(spool);
    }
    await spool.close();
    expect(await diskBytes()).toBeLessThan(3 * mebibyte);
  });
});
