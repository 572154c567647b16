import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import { AppError } from '@klevr/contracts/errors';
import type { AuditEntry } from './audit-entry.js';
import { auditSample } from './audit-sample.fixture.js';
import { AuditService } from './audit.service.js';
import type { AuditStore } from './audit.store.js';

const entry = (id: string): AuditEntry => ({ ...auditSample(0), id });

class RecordingStore {
  readonly batches: string[][] = [];
  readonly again: boolean[] = [];
  failing = false;
  /** Is refused for itself. */
  bad: string | undefined;
  held: Promise<void> | undefined;

  async append(entries: readonly AuditEntry[], again: boolean): Promise<void> {
    await this.held;
    this.again.push(again);
    if (this.failing) throw new AppError('UNAVAILABLE', 'away');
    const ids = entries.map((one) => one.id);
    if (this.bad !== undefined && ids.includes(this.bad)) throw new AppError('BAD_REQUEST', 'does not fit');
    this.batches.push(ids);
  }
}

describe('AuditService', () => {
  let clock: FakeClock;
  let store: RecordingStore;
  let audit: AuditService;
  const messages: string[] = [];
  const note = (_fields: object, message: string): void => void messages.push(message);
  const log: Log = { debug: note, info: note, warn: note, error: note, fatal: note, child: () => log };

  beforeEach(() => {
    clock = new FakeClock();
    store = new RecordingStore();
    audit = new AuditService(store as unknown as AuditStore, clock, log);
    messages.length = 0;
  });

  it('writes what came within a tenth of a second together, in order', async () => {
    for (const id of ['a', 'b', 'c']) audit.record(entry(id));
    await clock.advanceAsync(99);
    expect(store.batches).toEqual([]);
    await clock.advanceAsync(1);
    expect(store.batches).toEqual([['a', 'b', 'c']]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('writes many in batches', async () => {
    for (let at = 0; at < 1_100; at++) audit.record(entry(String(at)));
    await clock.advanceAsync(200);
    expect(store.batches.map((batch) => batch.length)).toEqual([500, 500, 100]);
  });

  it('writes what comes while it writes afterwards, once', async () => {
    let release = (): void => undefined;
    store.held = new Promise((resolve) => (release = resolve));
    audit.record(entry('a'));
    await clock.advanceAsync(100);
    audit.record(entry('b'));
    release();
    await clock.advanceAsync(200);
    expect(store.batches.flat()).toEqual(['a', 'b']);
  });

  it('keeps its entries while the database is away, and says so once', async () => {
    store.failing = true;
    audit.record(entry('a'));
    audit.record(entry('b'));
    await clock.advanceAsync(5_000);
    expect(messages).toEqual(['audit trail cannot be written now']);
    store.failing = false;
    await clock.advanceAsync(1_000);
    expect(store.batches).toEqual([['a', 'b']]);
    expect(messages.at(-1)).toBe('audit trail is written again');
  });

  it('is bounded: the newest are dropped', async () => {
    store.failing = true;
    for (let at = 0; at < 20_010; at++) audit.record(entry(String(at)));
    expect(audit.backlog).toBe(20_000);
    store.failing = false;
    await clock.advanceAsync(100);
    expect(store.batches.flat().at(-1)).toBe('19999');
  });

  it('writes what waits at an orderly stop', async () => {
    audit.record(entry('a'));
    await audit.onApplicationShutdown();
    expect(store.batches).toEqual([['a']]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not wait for ever at a stop, and says what is lost', async () => {
    store.held = new Promise(() => undefined);
    audit.record(entry('a'));
    const stopped = audit.onApplicationShutdown();
    await clock.advanceAsync(2_000);
    await stopped;
    expect(messages).toEqual(['audit entries lost at the stop']);
  });

  it('writes at once what somebody waits for, and with it what is there already', async () => {
    audit.record(entry('a'));
    await expect(audit.store(entry('b'))).resolves.toBe(true);
    expect(store.batches).toEqual([['a', 'b']]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('writes what somebody waits for as soon as the batch before is written, together', async () => {
    let release = (): void => undefined;
    store.held = new Promise((resolve) => (release = resolve));
    const first = audit.store(entry('a'));
    const others = [audit.store(entry('b')), audit.store(entry('c'))];
    release();
    expect(await Promise.all([first, ...others])).toEqual([true, true, true]);
    expect(store.batches).toEqual([['a'], ['b', 'c']]);
  });

  it('lets nobody wait longer than two seconds, and says so; the entry is written all the same', async () => {
    store.failing = true;
    const stored = audit.store(entry('a'));
    await clock.advanceAsync(1_999);
    expect(messages).not.toContain('a change is answered before it is in the audit trail');
    await clock.advanceAsync(1);
    expect(await stored).toBe(false);
    expect(messages).toContain('a change is answered before it is in the audit trail');
    store.failing = false;
    await clock.advanceAsync(1_000);
    expect(store.batches).toEqual([['a']]);
  });

  it('tells the store that what became of an earlier try is unknown', async () => {
    store.failing = true;
    audit.record(entry('a'));
    await clock.advanceAsync(100);
    store.failing = false;
    audit.record(entry('b'));
    await clock.advanceAsync(1_000);
    expect(store.again).toEqual([false, true]);
  });

  it('does not wait for what is dropped at once', async () => {
    store.failing = true;
    for (let at = 0; at < 20_000; at++) audit.record(entry(String(at)));
    expect(await audit.store(entry('a'))).toBe(false);
  });

  it('is bounded by bytes as well', () => {
    store.failing = true;
    const large = { ...entry('a'), change: 'x'.repeat(16_384) };
    for (let at = 0; at < 3_000; at++) audit.record(large);
    expect(audit.backlog).toBe(2_048);
  });

  it('leaves out an entry that the database refuses for itself, and writes its neighbours', async () => {
    store.bad = 'b';
    for (const id of ['a', 'b', 'c']) audit.record(entry(id));
    await clock.advanceAsync(20_000);
    expect(store.batches.flat()).toEqual(['a', 'c']);
    expect(messages).toContain('an audit entry cannot be stored and is left out');
    expect(clock.pendingTimers).toBe(0);
  });
});
