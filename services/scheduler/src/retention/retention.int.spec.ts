import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { Schedulers } from '../scheduler.fixture.js';
import { HistoryStore } from './history.store.js';

const dayMs = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * dayMs);

describe('the history of zones', () => {
  let schedulers: Schedulers;
  let zone: string;
  beforeAll(async () => {
    schedulers = await Schedulers.open(1, { redis: false });
    zone = await schedulers.zone();
  }, 60_000);
  afterAll(() => schedulers.close(), 90_000);

  const forget = async (before = ago(90)): Promise<Record<string, number>> => {
    const gone: Record<string, number> = {};
    for await (const { table, rows } of new HistoryStore(schedulers.database).forget(before)) {
      expect(rows).toBeLessThanOrEqual(500);
      gone[table] = (gone[table] ?? 0) + rows;
    }
    return gone;
  };
  const term = (of: string, epoch: number | bigint, days: number, more: { ready?: boolean; open?: boolean } = {}): unknown[] => {
    const [from, ready] = [ago(days), more.ready === false ? null : ago(days)];
    return [of, String(epoch), newId('agent'), 'test', from, ready, more.open === true ? null : from, 'test', 1];
  };
  const store = (rows: unknown[][]): Promise<unknown> =>
    schedulers.database.query('INSERT INTO terms (zone_id, epoch, agent_id, cause, from_at, ready_at, to_at, end_cause, gap_ms) VALUES ?', [
      rows,
    ]);
  const epochs = async (of: string): Promise<number[]> => {
    const rows = await schedulers.database.query<{ epoch: number }[]>('SELECT epoch FROM terms WHERE zone_id = ? ORDER BY epoch', [of]);
    return rows.map(({ epoch }) => Number(epoch));
  };

  it('holds the terms of the last ninety days, and the last ten however old they are', async () => {
    const quiet = await schedulers.zone();
    await store(Array.from({ length: 1_300 }, (_, index) => term(zone, index + 1, index < 1_200 ? 100 : 10)));
    await store(Array.from({ length: 30 }, (_, index) => term(quiet, index + 1, 400)));
    expect(await forget()).toMatchObject({ terms: 1_220 });
    expect(await epochs(zone)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1_201));
    expect(await epochs(quiet)).toEqual(Array.from({ length: 10 }, (_, index) => index + 21));
    expect(await forget()).toMatchObject({ terms: 0 });
  });

  it('keeps the last terms that were ready, and the one that goes on', async () => {
    const headless = await schedulers.zone();
    await store(Array.from({ length: 40 }, (_, index) => term(headless, index + 1, 200, { ready: index < 5, open: index === 39 })));
    await forget();
    expect(await epochs(headless)).toEqual(Array.from({ length: 37 }, (_, index) => index + 4));
  });

  it('forgets a deleted zone, but never the highest epoch that was ever given', async () => {
    const deleted = newId('zone');
    const highest = 1_790_000_000_000_000n;
    await store([term(deleted, 5, 200), term(deleted, highest, 200), term(deleted, highest - 1n, 10)]);
    await forget();
    expect(await epochs(deleted)).toEqual([Number(highest - 1n), Number(highest)]);
    const [row] = await schedulers.database.query<{ epoch: number }[]>('SELECT MAX(epoch) epoch FROM terms');
    expect(Number(row?.epoch)).toBe(Number(highest));
  });

  it('holds incidents until long after they were closed, and join tokens until long after their end', async () => {
    const incident = (closed: Date | null): unknown[] => [newId('incident'), newId('zone'), 'massLoss', '', 1, 1, ago(300), closed];
    const incidents = [incident(ago(91)), incident(ago(89)), incident(null)];
    const sql = 'INSERT INTO incidents (id, zone_id, cause, detail, gone, of_agents, opened_at, closed_at) VALUES ?';
    await schedulers.database.query(sql, [incidents]);
    await schedulers.joinToken(zone);
    await schedulers.joinToken(zone);
    await schedulers.database.query('UPDATE join_tokens SET expires_at = ? ORDER BY id LIMIT 1', [ago(91)]);
    expect(await forget()).toMatchObject({ incidents: 1, join_tokens: 1 });
    const left = await schedulers.database.query<{ id: string }[]>('SELECT id FROM incidents ORDER BY id');
    expect(new Set(left.map(({ id }) => id))).toEqual(new Set(incidents.slice(1).map(([id]) => id)));
  });
});
