import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { placedStates } from '../runs/run-state.js';
import { learnCapacities, outOfSight } from './places.store.js';
import { defaultCapacity, Room, type Claimant, type Full, type Taken } from './room.js';

/** A run that only a limit keeps from being sent. */
export interface InLine extends Claimant {
  readonly id: string;
  readonly zoneId: string;
}

/** What a run waits for. */
export interface Block {
  readonly code: Full;
  /** How many have a place there. */
  readonly places: number;
  /** Of those that have one, the oldest. */
  readonly holder: { readonly runId: string; readonly taskId: string; readonly taskName: string } | undefined;
  /** From 1; undefined for those who stand far behind. */
  readonly place: number | undefined;
}

interface Line {
  readonly zoneId: string;
  readonly code: Full;
  readonly name: string;
  readonly places: number;
  readonly runs: InLine[];
}

/** Of more lines at once only the codes are told. */
const linesAtMost = 20;
/** Who stands farther behind is told no place. */
const placesCounted = 2_000;

/**
 * Why due runs are not sent: which limit, who holds the place, how many stand before.
 * Promises: a few queries whatever was asked, each of bounded length. Does not: lock; the answer is of the moment. The place in the line of a zone
 * counts those too who wait for something narrower.
 */
@Injectable()
export class LinesStore {
  constructor(private readonly dataSource: DataSource) {}

  /** By run. Who waits for no limit is not in it. */
  async blocksOf(runs: readonly InLine[]): Promise<Map<string, Block>> {
    const lines = await this.linesOf(runs);
    const told = lines.slice(0, linesAtMost);
    const answers = await Promise.all(told.map(async (line) => [line, await this.holderOf(line), await this.placesIn(line)] as const));
    const blocks = new Map<string, Block>();
    for (const { code, places, runs: waiting } of lines) {
      for (const { id } of waiting) blocks.set(id, { code, places, holder: undefined, place: undefined });
    }
    for (const [{ code, places, runs: waiting }, holder, placeOf] of answers) {
      for (const { id } of waiting) blocks.set(id, { code, places, holder, place: placeOf.get(id) });
    }
    return blocks;
  }

  private async linesOf(runs: readonly InLine[]): Promise<Line[]> {
    if (runs.length === 0) return [];
    const zones = await this.rooms(runs);
    const lines = new Map<string, Line>();
    for (const run of runs) {
      const zone = zones.get(run.zoneId);
      const code = zone?.room.whyFull(run) ?? null;
      if (zone === undefined || code === null) continue;
      const name = nameOf(code, run);
      const key = [run.zoneId, code, name].join(' ');
      const line = lines.get(key) ?? { zoneId: run.zoneId, code, name, places: zone.placesOf(code, name), runs: [] };
      line.runs.push(run);
      lines.set(key, line);
    }
    return [...lines.values()];
  }

  private async rooms(runs: readonly InLine[]): Promise<Map<string, { room: Room; placesOf: (code: Full, name: string) => number }>> {
    const zoneIds = [...new Set(runs.map(({ zoneId }) => zoneId))];
    const zones = await this.dataSource.query<{ id: string; zone: number; perHost: number }[]>(
      'SELECT zone_id id, max_concurrent_runs zone, max_runs_per_agent perHost FROM zone_dispatch WHERE zone_id IN (?)',
      [zoneIds],
    );
    const taken = await this.dataSource.query<(Claimant & { zoneId: string; count: number | string })[]>(
      `SELECT zone_id zoneId, agent_id agentId, concurrency_key concurrencyKey, COUNT(*) count FROM runs WHERE zone_id IN (?) AND state IN (?)
       GROUP BY zone_id, agent_id, concurrency_key`,
      [zoneIds, placedStates],
    );
    return new Map(
      await Promise.all(
        zones.map(async ({ id, zone, perHost }) => {
          const ofZone = taken.filter(({ zoneId }) => zoneId === id).map((row): Taken => ({ ...row, count: Number(row.count) }));
          const room = new Room({ zone, perHost }, ofZone);
          const claimants = runs.filter(({ zoneId }) => zoneId === id);
          await learnCapacities(this.dataSource.manager, id, room, claimants);
          const set = await this.capacities(id, claimants);
          const placesOf = (code: Full, name: string): number =>
            code === 'ZONE_BUSY' ? zone : code === 'HOST_BUSY' ? perHost : (set.get(name) ?? defaultCapacity);
          return [id, { room, placesOf }] as const;
        }),
      ),
    );
  }

  private async capacities(zoneId: string, claimants: readonly Claimant[]): Promise<Map<string, number>> {
    const names = claimants.flatMap(({ concurrencyKey }) => concurrencyKey ?? []);
    if (names.length === 0) return new Map();
    const sql = 'SELECT name, capacity FROM concurrency_keys WHERE zone_id = ? AND name IN (?)';
    const rows = await this.dataSource.query<{ name: string; capacity: number }[]>(sql, [zoneId, [...new Set(names)]]);
    return new Map(rows.map(({ name, capacity }) => [name, capacity]));
  }

  private async holderOf({ zoneId, code, name }: Line): Promise<Block['holder']> {
    const [only, values] = conditionOf(code, name);
    const [holder] = await this.dataSource.query<NonNullable<Block['holder']>[]>(
      `SELECT h.id runId, h.task_id taskId, t.name taskName
       FROM (SELECT id, task_id FROM runs WHERE zone_id = ? AND ${holds(code)} ${only} ORDER BY id LIMIT 1) h JOIN tasks t ON t.id = h.task_id`,
      [zoneId, placedStates, ...values],
    );
    return holder;
  }

  private async placesIn({ zoneId, code, name, runs }: Line): Promise<Map<string, number>> {
    const [only, values] = conditionOf(code, name);
    const rows = await this.dataSource.query<{ id: string; place: number | string }[]>(
      `SELECT id, place FROM (
         SELECT id, ROW_NUMBER() OVER (ORDER BY priority DESC, id) place FROM (
           SELECT id, priority FROM runs WHERE zone_id = ? AND state = 'queued' AND due = 1 ${only} ORDER BY priority DESC, id LIMIT ?
         ) line
       ) numbered WHERE id IN (?)`,
      [zoneId, ...values, placesCounted, runs.map(({ id }) => id)],
    );
    return new Map(rows.map(({ id, place }) => [id, Number(place)]));
  }
}

const holds = (code: Full): string => (code === 'CONCURRENCY_KEY' ? `(state IN (?) OR ${outOfSight})` : 'state IN (?)');

const nameOf = (code: Full, { agentId, concurrencyKey }: Claimant): string =>
  (code === 'HOST_BUSY' ? agentId : code === 'CONCURRENCY_KEY' ? concurrencyKey : null) ?? '';

const conditionOf = (code: Full, name: string): [sql: string, values: string[]] => {
  if (code === 'HOST_BUSY') return ['AND agent_id = ?', [name]];
  return code === 'CONCURRENCY_KEY' ? ['AND concurrency_key = ?', [name]] : ['', []];
};
