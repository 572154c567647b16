import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import fc from 'fast-check';
import { foldJournal } from './journal-fold.js';
import { Journal } from './journal.js';
import { decodeLines } from './line-codec.js';
import { MemoryDisk } from './memory-disk.fixture.js';

const command = (number = 1): { runId: string; attempt: number; notAfterMs: number } => ({
  runId: newId('run'),
  attempt: number,
  notAfterMs: 10_000,
});
const finish = (of: { runId: string; attempt: number }): Parameters<Journal['report']>[0] => ({
  kind: 'finished',
  runId: of.runId,
  attempt: of.attempt,
  atMs: 1,
  status: 'succeeded',
  exitCode: 0,
  output: null,
  reason: null,
});

describe('the journal', () => {
  let folder: string;
  const clock = new FakeClock();
  const open = (): Promise<{ journal: Journal; setAside: string | undefined }> => Journal.open({ path: join(folder, 'journal'), clock });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-journal-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('remembers attempts, unanswered facts and the floor over a restart, under the same id', async () => {
    const { journal } = await open();
    const [running, done, refused] = [command(), command(), command()];
    await journal.start(running, 1);
    await journal.start(done, 1);
    await journal.report(finish(done));
    journal.refuse(refused, { code: 'EXPIRED', detail: 'too late' }, 1);
    journal.raiseFloor(77);
    journal.settle(2);
    await journal.close();
    const { journal: again } = await open();
    expect(again.id).toBe(journal.id);
    expect(again.epochFloor).toBe(77);
    expect(again.ledger.find(running)?.state).toBe('starting');
    expect(again.ledger.find(done)?.state).toBe('finished');
    expect(again.ledger.find(refused)).toMatchObject({ state: 'refused', code: 'EXPIRED' });
    expect(again.facts.next(10, 1e6).map(({ seq, fact }) => [seq, fact.kind])).toEqual([
      [3, 'finished'],
      [4, 'refused'],
    ]);
    await again.close();
  });

  it('goes on under another id with all that it holds, numbers and floor included', async () => {
    const { journal } = await open();
    const [done, later] = [command(), command()];
    await journal.start(done, 1);
    await journal.report(finish(done));
    journal.settle(1);
    journal.raiseFloor(77);
    const before = journal.id;
    await journal.renewId();
    expect(journal.id).not.toBe(before);
    await journal.start(later, 1);
    await journal.close();
    const { journal: again } = await open();
    expect([again.id, again.epochFloor]).toEqual([journal.id, 77]);
    expect(again.ledger.find(done)?.state).toBe('finished');
    expect(again.facts.next(10, 1e6).map(({ seq, fact }) => [seq, fact.kind])).toEqual([
      [2, 'finished'],
      [3, 'accepted'],
    ]);
    await again.close();
  });

  it('never gives a number twice, also when all facts before a compaction were answered', async () => {
    const { journal } = await open();
    const one = command();
    await journal.start(one, 1);
    await journal.report(finish(one));
    journal.settle(2);
    journal.tidy(1e9);
    await journal.close();
    const { journal: again } = await open();
    expect(again.facts.nextSeq).toBe(3);
    await again.close();
  });

  it('tells hello of an attempt until its end was answered', async () => {
    const { journal } = await open();
    const one = command();
    await journal.start(one, 1);
    expect(journal.ledger.known(10)).toEqual([{ runId: one.runId, attempt: 1, state: 'running' }]);
    await journal.report(finish(one));
    expect(journal.ledger.known(10)).toEqual([{ runId: one.runId, attempt: 1, state: 'finished' }]);
    journal.settle(2);
    expect(journal.ledger.known(10)).toEqual([]);
    expect(journal.ledger.find(one)?.state).toBe('finished');
    await journal.close();
  });

  it('lowers the floor for nobody', async () => {
    const { journal } = await open();
    journal.raiseFloor(9);
    journal.raiseFloor(4);
    expect(journal.epochFloor).toBe(9);
    await journal.close();
  });

  it('sets a damaged file aside and begins another journal, with the old floor', async () => {
    const { journal } = await open();
    journal.raiseFloor(41);
    await journal.start(command(), 1);
    await journal.close();
    const path = join(folder, 'journal');
    await writeFile(path, (await readFile(path, 'latin1')).replace('starting', 'stArting') + (await readFile(path, 'latin1')));
    const { journal: fresh, setAside } = await open();
    expect(fresh.id).not.toBe(journal.id);
    expect(fresh.epochFloor).toBe(41);
    expect(await readdir(folder)).toContain(setAside?.slice(folder.length + 1));
    await fresh.close();
  });

  it('refuses an attempt for which the disk has no room, tells so once there is, and then takes others', async () => {
    const disk = new MemoryDisk();
    const { journal } = await Journal.open({ path: join(folder, 'journal'), clock, openHandle: () => Promise.resolve(disk.handle) });
    disk.room = disk.bytes.length + 20;
    const refused = command();
    await expect(journal.start(refused, 1)).rejects.toMatchObject({ code: 'SPOOL_FULL' });
    expect(journal.ledger.find(refused)?.state).toBe('refused');
    expect(journal.facts.next(10, 1e6)).toEqual([]);
    disk.room = Infinity;
    const accepted = command();
    await journal.start(accepted, 1);
    expect(journal.facts.next(10, 1e6).map(({ fact }) => [fact.runId, fact.kind])).toEqual([
      [refused.runId, 'refused'],
      [accepted.runId, 'accepted'],
    ]);
    expect(foldJournal(decodeLines(disk.bytes).records).ledger.find(refused)?.state).toBe('refused');
  });

  it('cut at any byte by a crash has everything whose write had been acknowledged, and forgets no fact before its answer', async () => {
    const step = fc.constantFrom('start', 'finish', 'refuse', 'settle', 'floor', 'tidy');
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 25 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (steps, share) => {
          const disk = new MemoryDisk();
          const path = join(folder, newId('message'));
          const { journal } = await Journal.open({ path, clock, openHandle: () => Promise.resolve(disk.handle) });
          const running: ReturnType<typeof command>[] = [];
          const promised: { bytes: number; key: ReturnType<typeof command>; state: string }[] = [];
          for (const [index, what] of steps.entries()) {
            const one = running.at(-1);
            if (what === 'start') {
              const fresh = command(index + 1);
              await journal.start(fresh, 1);
              running.push(fresh);
              promised.push({ bytes: disk.bytes.length, key: fresh, state: 'starting' });
            } else if (what === 'finish' && one !== undefined) {
              await journal.report(finish(one));
              running.pop();
              promised.push({ bytes: disk.bytes.length, key: one, state: 'finished' });
            } else if (what === 'refuse') journal.refuse(command(index + 1), { code: 'CANCELED', detail: '' }, 1);
            else if (what === 'settle')
              journal.settle(Math.min(...journal.facts.next(3, 1e6).map(({ seq }) => seq), journal.facts.nextSeq - 1));
            else if (what === 'floor') journal.raiseFloor(index);
            await journal.lastWrite();
          }
          const cut = Math.floor(disk.bytes.length * share);
          const { records, damaged } = decodeLines(disk.bytes.subarray(0, cut));
          const told = foldJournal(records);
          expect(damaged).toBe(false);
          const written = promised.filter(({ bytes }) => bytes <= cut);
          const ended = new Set(written.filter(({ state }) => state === 'finished').map(({ key }) => key.runId));
          for (const { key, state } of written) {
            const found = told.ledger.find(key)?.state;
            // What was written after it may be on disk as well, as far as the cut allows.
            expect(state === 'starting' && !ended.has(key.runId) && found === 'finished' ? 'starting' : found).toBe(
              ended.has(key.runId) ? 'finished' : state,
            );
          }
          // What is neither answered nor there any more would be lost; numbers go on behind everything that was on disk.
          expect(told.facts.nextSeq).toBeLessThanOrEqual(journal.facts.nextSeq);
          expect([...told.facts.all()].every(({ seq }, at, all) => at === 0 || seq === (all[at - 1]?.seq ?? 0) + 1)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});
