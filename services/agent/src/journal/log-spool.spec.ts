import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { LogSpool, type LogFactBody } from './log-spool.js';

describe('the spool of output', () => {
  let folder: string;
  const journalId = newId('journal');
  const open = (id = journalId): Promise<LogSpool> => LogSpool.open({ path: join(folder, 'logs'), clock: new FakeClock() }, id);
  const piece = (bytes = 3): LogFactBody => ({
    kind: 'log',
    runId: newId('run'),
    attempt: 1,
    atMs: 1,
    phase: 'step',
    index: 0,
    try: 1,
    stream: 'stdout',
    offset: 0,
    data: Buffer.alloc(bytes, 'x').toString('base64'),
    cut: false,
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-logs-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('goes on as the spool of another journal', async () => {
    const [spool, other] = [await open(), newId('journal')];
    await spool.add(piece());
    await spool.renewId(other);
    await spool.close();
    const again = await open(other);
    expect(again.facts.count).toBe(1);
    await again.close();
  });

  it('offers what is on disk, also after a restart, and goes on with its numbers', async () => {
    const spool = await open();
    void spool.add(piece());
    void spool.add(piece());
    expect(spool.facts.next(9, 1e6)).toEqual([]);
    await spool.close();
    const again = await open();
    expect(again.facts.next(9, 1e6).map(({ seq }) => seq)).toEqual([1, 2]);
    again.settle(2);
    void again.add(piece());
    await again.close();
    const third = await open();
    expect(third.facts.next(9, 1e6).map(({ seq }) => seq)).toEqual([3]);
    await third.close();
  });

  it('is empty under another journal', async () => {
    const spool = await open();
    void spool.add(piece());
    await spool.close();
    const other = await open(newId('journal'));
    expect([other.facts.count, other.facts.nextSeq]).toEqual([0, 1]);
    await other.close();
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

  it('does not grow on disk with what was answered', async () => {
    const spool = await open();
    for (let round = 0; round < 12; round += 1) {
      for (let number = 0; number < 60; number += 1) await spool.add(piece(48 * 1024));
      await spool.lastWrite();
      spool.settle(spool.facts.nextSeq - 1);
    }
    await spool.close();
    expect((await stat(join(folder, 'logs'))).size).toBeLessThan(24 * 1024 * 1024);
  });
});
