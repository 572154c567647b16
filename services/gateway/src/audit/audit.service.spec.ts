import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import type { AuditEntry } from './audit-entry.js';
import { AuditService } from './audit.service.js';
import type { AuditStore } from './audit.store.js';

const entry = (id: string): AuditEntry => ({
  id,
  at: new Date(0).toISOString(),
  userId: null,
  username: null,
  callerKind: 'none',
  callerId: null,
  address: '::1',
  userAgent: null,
  action: 'POST /x',
  target: '/x',
  thingKind: null,
  thingId: null,
  zoneId: null,
  outcome: 'granted',
  status: 201,
  code: null,
  traceId: 't',
  change: null,
});

class RecordingStore {
  readonly batches: string[][] = [];
  readonly removedBefore: Date[] = [];
  failing = false;
  held: Promise<void> | undefined;

  async insert(entries: readonly AuditEntry[]): Promise<void> {
    await this.held;
    if (this.failing) throw new Error('away');
    this.batches.push(entries.map((one) => one.id));
  }

  removeBefore(time: Date): Promise<void> {
    this.removedBefore.push(time);
    return Promise.resolve();
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
    await clock.advanceAsync(100);
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

  it('removes what is older than 90 days, once an hour at most', async () => {
    audit.record(entry('a'));
    await clock.advanceAsync(100);
    audit.record(entry('b'));
    await clock.advanceAsync(1_000);
    expect(store.removedBefore.map((time) => (clock.nowMs() - time.getTime()) / 86_400_000).map(Math.round)).toEqual([90]);
    await clock.advanceAsync(3_600_000);
    audit.record(entry('c'));
    await clock.advanceAsync(100);
    expect(store.removedBefore).toHaveLength(2);
  });
});
