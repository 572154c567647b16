import { Injectable } from '@nestjs/common';
import { DataSource, In, MoreThan } from 'typeorm';
import type { AgentStatus } from '@klevr/contracts/agent';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { duplicateKey, guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { idempotencyKeys } from '../tables/names.js';
import { ZoneRow } from '../tables/zone.entity.js';

@Injectable()
export class ZonesStore {
  private readonly lastRead = new Map<string, ZoneRow>();

  constructor(private readonly dataSource: DataSource) {}

  /** Answers the id of the zone: the one made now, or the one that the same request made before. */
  async create(zone: ZoneRow, idempotency: Idempotency | undefined): Promise<string> {
    return inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, async () => {
        try {
          await manager.insert(ZoneRow, zone);
        } catch (cause) {
          if (!duplicateKey(cause)) throw cause;
          throw new AppError('CONFLICT', `There is a zone named ${zone.name} already`, { cause });
        }
        return zone.id;
      }),
    );
  }

  async find(ref: string): Promise<ZoneRow | undefined> {
    const where = ref.startsWith('zone_') ? { id: ref } : { name: ref };
    const zone = (await guarded(() => this.dataSource.manager.findOneBy(ZoneRow, where))) ?? undefined;
    if (zone) this.lastRead.set(zone.id, zone);
    return zone;
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
    if (zone === undefined) throw new AppError('NOT_FOUND', 'There is no such zone');
    return zone;
  }

  async list(afterId: string | undefined, limit: number): Promise<ZoneRow[]> {
    const where = afterId === undefined ? {} : { id: MoreThan(afterId) };
    const zones = await guarded(() => this.dataSource.manager.find(ZoneRow, { where, order: { id: 'ASC' }, take: limit }));
    for (const zone of zones) this.lastRead.set(zone.id, zone);
    return zones;
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

  /** Numbers of agents by status, zone by zone. */
  async countAgents(zoneIds: readonly string[]): Promise<Map<string, Partial<Record<AgentStatus, number>>>> {
    const counts = new Map<string, Partial<Record<AgentStatus, number>>>();
    if (zoneIds.length === 0) return counts;
    const sql = 'SELECT zone_id AS zoneId, status, COUNT(*) AS number FROM agents WHERE zone_id IN (?) GROUP BY zone_id, status';
    const rows = await guarded(() => this.dataSource.query<{ zoneId: string; status: AgentStatus; number: number }[]>(sql, [zoneIds]));
    for (const { zoneId, status, number } of rows) counts.set(zoneId, { ...counts.get(zoneId), [status]: Number(number) });
    return counts;
  }
}
