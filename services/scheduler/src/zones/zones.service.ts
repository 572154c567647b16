import { Injectable } from '@nestjs/common';
import { agentStatuses } from '@klevr/contracts/agent';
import type { Idempotency, RequestOf } from '@klevr/contracts/contract';
import { newId } from '@klevr/contracts/ids';
import type { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import type { CreateZone, UpdateZone, Zone } from '@klevr/contracts/zone';
import { Clock } from '@klevr/platform/clock';
import { ElectionService } from '../election/election.service.js';
import { HeadlessWatch } from '../liveness/headless.watch.js';
import { idPattern, keyOfCursor, pageOf } from '../tables/page-cursor.js';
import type { ZoneRow } from '../tables/zone.entity.js';
import { ZoneChangesService } from './zone-changes.service.js';
import { ZonesStore, type ZoneChange } from './zones.store.js';

@Injectable()
export class ZonesService {
  constructor(
    private readonly store: ZonesStore,
    private readonly election: ElectionService,
    private readonly changes: ZoneChangesService,
    private readonly headless: HeadlessWatch,
    private readonly clock: Clock,
  ) {}

  async create(zone: CreateZone, by: string, idempotency: Idempotency | undefined): Promise<Zone> {
    const row: ZoneRow = { ...zone, id: newId('zone'), revision: 1, createdAt: new Date(this.clock.nowMs()) };
    const id = await this.store.create(row, by, idempotency);
    this.changes.changedHere(id);
    return this.get(id);
  }

  async update(ref: string, changes: UpdateZone, asked: Omit<ZoneChange, 'at'>): Promise<Zone> {
    const row = await this.store.update(ref, changes, { ...asked, at: new Date(this.clock.nowMs()) });
    await this.changes.changed(row.id);
    this.changes.changedHere(row.id);
    return this.get(row.id);
  }

  async get(ref: string): Promise<Zone> {
    const row = await this.store.get(ref);
    const counts = await this.store.countAgents([row.id]);
    return this.view(row, counts.get(row.id) ?? {});
  }

  async list({ limit, cursor, scope }: RequestOf<typeof schedulerRpc.listZones>): Promise<{ items: Zone[]; nextCursor: string | null }> {
    const rows = await this.store.list(keyOfCursor(cursor, idPattern), limit + 1, scope);
    const counts = await this.store.countAgents(rows.map((row) => row.id));
    return pageOf(
      rows,
      limit,
      (row) => row.id,
      (row) => this.view(row, counts.get(row.id) ?? {}),
    );
  }

  private view(row: ZoneRow, counts: Partial<Zone['agents']>): Zone {
    const zeroes = Object.fromEntries(agentStatuses.map((status) => [status, 0])) as Zone['agents'];
    const { id, name, platform, environment, labels, revision } = row;
    return {
      ...{ id, name, platform, environment, labels, revision },
      settings: row.settings,
      headless: this.headless.of(id, counts),
      primary: this.election.primaryOf(id),
      agents: { ...zeroes, ...counts },
      createdAt: row.createdAt.toISOString(),
    };
  }
}
