import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { foldJournal } from './journal-fold.js';
import { Journal } from './journal.js';
import { decodeLines } from './line-codec.js';
import { MemoryDisk } from './memory-disk.fixture.js';

const command = (): { runId: string; attempt: number; notAfterMs: number } => ({ runId: newId('run'), attempt: 1, notAfterMs: 10_000 });
const finish = ({ runId }: { runId: string }): Parameters<Journal['report']>[0] => ({
  ...{ kind: 'finished', runId, attempt: 1, atMs: 1 },
  ...{ status: 'succeeded', exitCode: 0, output: null, reason: null },
});

describe('the ends in the journal', () => {
  let folder: string;
  const clock = new FakeClock();
  const open = (): Promise<{ journal: Journal; setAside: string | undefined }> => Journal.open({ path: join(folder, 'journal'), clock });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-journal-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('knows over a restart whose end was answered, by the numbers alone and after a compaction', async () => {
    const { journal } = await open();
    const [answered, refused, unanswered, running] = [command(), command(), command(), command()];
    await journal.start(answered, 1);
    await journal.report(finish(answered));
    journal.refuse(refused, { code: 'EXPIRED', detail: 'too late' }, 1);
    await journal.start(unanswered, 1);
    await journal.report(finish(unanswered));
    await journal.start(running, 1);
    journal.settle(4);
    await journal.close();
    const settled = (of: Journal): unknown[] => [answered, refused, unanswered, running].map((key) => of.ledger.find(key)?.settled);
    const { journal: again } = await open();
    expect(settled(again)).toEqual([true, true, false, false]);
    expect(again.ledger.known(10).map(({ runId }) => runId)).toEqual([running.runId, unanswered.runId]);
    await again.renewId();
    await again.close();
    const { journal: compacted } = await open();
    expect(settled(compacted)).toEqual([true, true, false, false]);
    await compacted.close();
  });

  it('holds an attempt that is over at once as a whole, in one write, and resolves who waits for its being stored', async () => {
    const disk = new MemoryDisk();
    const { journal } = await Journal.open({ path: join(folder, 'x'), clock, openHandle: () => Promise.resolve(disk.handle) });
    const one = command();
    const before = disk.syncs;
    await journal.startAndEnd(one, 1, () => Promise.resolve([{ kind: 'started', runId: one.runId, attempt: 1, atMs: 1 }, finish(one)]));
    expect(disk.syncs).toBe(before + 1);
    expect(journal.ledger.find(one)).toMatchObject({ state: 'finished', settled: false });
    const { facts, ledger } = foldJournal(decodeLines(disk.bytes).records);
    expect([...facts.all()].map(({ seq, fact }) => [seq, fact.kind])).toEqual([
      [1, 'accepted'],
      [2, 'started'],
      [3, 'finished'],
    ]);
    expect(ledger.find(one)?.state).toBe('finished');
    let stored = false;
    const waiting = journal.stored(one).then(() => (stored = true));
    journal.settle(2);
    await Promise.resolve();
    expect(stored).toBe(false);
    journal.settle(3);
    expect(await waiting).toBe(true);
    await journal.close();
  });

  it('refuses an attempt that is over at once where there is no room for it', async () => {
    const disk = new MemoryDisk();
    const { journal } = await Journal.open({ path: join(folder, 'x'), clock, openHandle: () => Promise.resolve(disk.handle) });
    disk.room = disk.bytes.length;
    const one = command();
    const ended = journal.startAndEnd(one, 1, () => Promise.resolve([finish(one)]));
    await expect(ended).rejects.toThrow('the journal cannot be written');
    expect(journal.ledger.find(one)).toMatchObject({ state: 'refused', code: 'SPOOL_FULL' });
    expect([...journal.facts.all()].map(({ seq, fact }) => [seq, fact.kind])).toEqual([
      [1, 'refused'],
      [2, 'refused'],
    ]);
  });

  it('says of an attempt whether it has no time-out', async () => {
    const { journal } = await open();
    const [long, short] = [command(), command()];
    await journal.start({ ...long, timeoutSeconds: null }, 1);
    await journal.start({ ...short, timeoutSeconds: 5 }, 1);
    await journal.close();
    const { journal: again } = await open();
    expect([again.ledger.find(long)?.longWork, again.ledger.find(short)?.longWork]).toEqual([true, undefined]);
    await again.close();
  });
});
