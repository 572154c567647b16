import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { FactBatch } from '@klevr/contracts/fact';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { Journal } from '../journal/journal.js';
import { MemoryDisk } from '../journal/memory-disk.fixture.js';
import { KeptLog } from '../kept-log.fixture.js';
import { FactSender } from './fact-sender.js';

const run = { runId: newId('run'), attempt: 1 };
const step = { phase: 'step', index: 0, try: 1 } as const;

describe('the facts of work that is over soon', () => {
  const opened = async (): Promise<{ journal: Journal; disk: MemoryDisk; clock: FakeClock; sent: string[][]; sender: FactSender }> => {
    const [disk, clock, sent] = [new MemoryDisk(), new FakeClock(), [] as string[][]];
    const openHandle = (): Promise<MemoryDisk['handle']> => Promise.resolve(disk.handle);
    const { journal } = await Journal.open({ path: join(tmpdir(), newId('journal')), clock, openHandle });
    const send = (batch: FactBatch): Promise<{ results: { seq: number; result: 'stored' }[] }> => {
      sent.push(batch.facts.map((fact) => String(fact['kind'])));
      return Promise.resolve({ results: batch.facts.map(({ seq }) => ({ seq, result: 'stored' })) });
    };
    const setAside = (): Promise<void> => Promise.resolve();
    const sender = new FactSender({
      journalId: () => journal.id,
      lane: 'events',
      source: journal,
      send,
      setAside,
      clock,
      log: new KeptLog(),
    });
    journal.onFacts((when) => (when === 'now' ? sender.wake() : sender.wakeSoon()));
    return { journal, disk, clock, sent, sender };
  };
  const begin = async ({ journal }: { journal: Journal }): Promise<void> => {
    await journal.start({ ...run, notAfterMs: 1e9 }, 1);
    void journal.report({ kind: 'started', ...run, atMs: 1 });
    void journal.report({ kind: 'stepStarted', ...run, ...step, atMs: 1 });
  };
  const end = ({ journal }: { journal: Journal }): void => {
    const ended = { exitCode: 0, output: null };
    void journal.report({ kind: 'stepFinished', ...run, ...step, ...ended, atMs: 2, outcome: 'succeeded', signal: null, startedAtMs: 1 });
    void journal.report({ kind: 'finished', ...run, ...ended, atMs: 2, status: 'succeeded', reason: null });
  };
  const all = ['accepted', 'started', 'stepStarted', 'stepFinished', 'finished'];

  it('take two writes, of which the first is before it starts, and one batch', async () => {
    const at = await opened();
    const before = at.disk.syncs;
    await begin(at);
    await at.clock.advanceAsync(15);
    expect([at.disk.syncs - before, at.sent]).toEqual([1, []]);
    end(at);
    await at.sender.drained(1_000);
    expect([at.disk.syncs - before, at.sent]).toEqual([2, [all]]);
    expect(at.clock.pendingTimers).toBe(0);
  });

  it('that turns out to be long come by themselves', async () => {
    const at = await opened();
    await begin(at);
    await at.clock.advanceAsync(100);
    expect(at.sent.flat()).toEqual(all.slice(0, 3));
    end(at);
    for (let turns = 0; turns < 5; turns += 1) await at.clock.advanceAsync(0);
    expect(at.sent.flat()).toEqual(all);
    expect(at.clock.pendingTimers).toBe(0);
  });

  it('are brought out at once where the agent ends', async () => {
    const at = await opened();
    await at.journal.start({ ...run, notAfterMs: 1e9 }, 1);
    expect(await at.sender.drained(1_000)).toBe(true);
    expect(at.sent).toEqual([['accepted']]);
    await at.sender.stop();
    at.sender.wakeSoon();
    expect(at.clock.pendingTimers).toBe(0);
  });
});
