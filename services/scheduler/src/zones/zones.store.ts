import { Injectable } from '@nestjs/common';
import { DataSource, In, MoreThan } from 'typeorm';
import type { AgentStatus } from '@klevr/contracts/agent';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { ZoneSettings, type UpdateZone } from '@klevr/contracts/zone';
import { duplicateKey, guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';
import { idempotencyKeys } from '../tables/names.js';
import { ZoneRow } from '../tables/zone.entity.js';
import { differences } from './differences.js';

export interface ZoneChange {
  readonly by: string;
  readonly at: Date;
  readonly ifRevision?: number | undefined;
}

@Injectable()
export class ZonesStore {
  private readonly lastRead = new Map<string, ZoneRow>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
  ) {}

  /** Answers the id of the zone: the one made now, or the one that the same request made before. */
  async create(zone: ZoneRow, by: string, idempotency: Idempotency | undefined): Promise<string> {
    const id = await inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, async () => {
        try {
          await manager.insert(ZoneRow, zone);
        } catch (cause) {
          if (!duplicateKey(cause)) throw cause;
          throw new AppError('CONFLICT', `There is a zone named ${zone.name} already`, { cause });
        }
        const { id: zoneId, name, settings, revision, createdAt } = zone;
        const data = { by, name, settings, revision };
        await this.events.append(manager, [{ type: 'host.zoneCreated', zoneId, subjectId: zoneId, data, atMs: createdAt.getTime() }]);
        return zoneId;
      }),
    );
    this.events.wake();
    return id;
  }

  /** Merges, and answers the zone as it is then. The event tells all settings, as those who keep them need no more to follow. */
  async update(ref: string, changes: UpdateZone, { by, at, ifRevision }: ZoneChange): Promise<ZoneRow> {
    const zone = await inTransaction(this.dataSource, async (manager) => {
      const current = await manager.findOne(ZoneRow, { where: whereOf(ref), lock: { mode: 'pessimistic_write' } });
      if (current === null) throw noSuchZone();
      refuseUnlessRevision(current, ifRevision);
      const { settings: changedSettings, ...others } = changes;
      current.settings = ZoneSettings.parse(current.settings);
      const settings = { ...current.settings, ...changedSettings };
      const next = { ...others, settings, revision: current.revision + 1 };
      await manager.update(ZoneRow, { id: current.id }, next as object);
      const data = { by, changed: differences(current, next), settings, revision: next.revision };
      await this.events.append(manager, [
        { type: 'host.zoneChanged', zoneId: current.id, subjectId: current.id, data, atMs: at.getTime() },
      ]);
      return Object.assign(current, next);
    });
    this.events.wake();
    this.lastRead.set(zone.id, zone);
    return zone;
  }

  async find(ref: string): Promise<ZoneRow | undefined> {
    const zone = await guarded(() => this.dataSource.manager.findOneBy(ZoneRow, whereOf(ref)));
    return zone === null ? undefined : this.remember(zone);
  }

  /** As it was when it was last read here; for answers that must be given while the database is away. */
  remembered(id: string): ZoneRow | undefined {
    return this.lastRead.get(id);
  }

  forget(id: string): void {
    this.lastRead.delete(id);
  }

  async get(ref: string): Promise<ZoneRow> {
    const zone = await this.find(ref);
    if (zone === undefined) throw noSuchZone();
    return zone;
  }

  /** Of these zones only, where they are given. */
  async list(afterId: string | undefined, limit: number, scope?: readonly string[]): Promise<ZoneRow[]> {
    const ids = scope?.filter((id) => afterId === undefined || id > afterId);
    if (ids?.length === 0) return [];
    const where = ids === undefined ? (afterId === undefined ? {} : { id: MoreThan(afterId) }) : { id: In(ids) };
    const zones = await guarded(() => this.dataSource.manager.find(ZoneRow, { where, order: { id: 'ASC' }, take: limit }));
    return zones.map((zone) => this.remember(zone));
  }

  async namesOf(zoneIds: readonly string[]): Promise<Map<string, string>> {
    if (zoneIds.length === 0) return new Map();
    const rows = await guarded(() => this.dataSource.manager.findBy(ZoneRow, { id: In([...zoneIds]) }));
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  /** Where the zones are, as selectors name it. */
  async placesOf(zoneIds: readonly string[]): Promise<Map<string, Pick<ZoneRow, 'platform' | 'environment'>>> {
    if (zoneIds.length === 0) return new Map();
    const rows = await guarded(() => this.dataSource.manager.findBy(ZoneRow, { id: In([...zoneIds]) }));
    return new Map(rows.map(({ id, platform, environment }) => [id, { platform, environment }]));
  }

  /** Numbers of agents by status, zone by zone; workers are not counted. */
  async countAgents(zoneIds: readonly string[]): Promise<Map<string, Partial<Record<AgentStatus, number>>>> {
    const counts = new Map<string, Partial<Record<AgentStatus, number>>>();
    if (zoneIds.length === 0) return counts;
    const sql =
      "SELECT zone_id AS zoneId, status, COUNT(*) AS number FROM agents WHERE zone_id IN (?) AND kind = 'agent' GROUP BY zone_id, status";
    const rows = await guarded(() => this.dataSource.query<{ zoneId: string; status: AgentStatus; number: number }[]>(sql, [zoneIds]));
    for (const { zoneId, status, number } of rows) counts.set(zoneId, { ...counts.get(zoneId), [status]: Number(number) });
    return counts;
  }

  /** A row may be older than a setting, which then has its default. */
  private remember(zone: ZoneRow): ZoneRow {
    zone.settings = ZoneSettings.parse(zone.settings);
    this.lastRead.set(zone.id, zone);
    return zone;
  }
}

/** PRECONDITION_FAILED where the zone has changed since the caller read it. */
export const refuseUnlessRevision = ({ revision }: ZoneRow, ifRevision: number | undefined): void => {
  if (ifRevision === undefined || ifRevision === revision) return;
  throw new AppError('PRECONDITION_FAILED', `The zone is at revision ${revision} now, not ${ifRevision}`);
};

const whereOf = (ref: string): { id: string } | { name: string } => (ref.startsWith('zone_') ? { id: ref } : { name: ref });

const noSuchZone = (): AppError => new AppError('NOT_FOUND', 'There is no such zone');
