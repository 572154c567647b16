import { AppError, badRequest } from '@klevr/contracts/errors';
import { ConcurrencyKeyName, SetConcurrencyKey, type ConcurrencyKey } from '@klevr/contracts/governor';
import { Injectable } from '@nestjs/common';
import { ZoneLookup } from '../hosts/zone-lookup.service.js';
import { page, refuseForeignCursor, type Page } from '../reading/page.js';
import { WakeUps } from '../wake-ups.js';
import { ConcurrencyKeysStore, keysAtMost } from './concurrency-keys.store.js';

/** The named limits of zones, for operators. NOT_FOUND for a zone that is not known. */
@Injectable()
export class ConcurrencyKeysService {
  constructor(
    private readonly store: ConcurrencyKeysStore,
    private readonly zones: ZoneLookup,
    private readonly wakeUps: WakeUps,
  ) {}

  async list(zone: string, { limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<Page<ConcurrencyKey>> {
    refuseForeignCursor(cursor, ConcurrencyKeyName);
    const found = await this.store.list(await this.zones.idOf(zone), cursor ?? '', limit + 1);
    const { items, nextCursor } = page(
      found.map((key) => ({ ...key, id: key.key })),
      limit,
    );
    return { items: items.map(({ id: _id, ...key }) => key), nextCursor };
  }

  /** More room counts at once. Less ends nothing: what is under way stays, and nothing more goes until enough of it has ended. */
  async set(zone: string, name: string, capacity: number): Promise<ConcurrencyKey> {
    const checked = SetConcurrencyKey.safeParse({ capacity });
    if (!checked.success) throw badRequest(checked.error);
    const zoneId = await this.zones.idOf(zone);
    if (!(await this.store.set(zoneId, name, capacity))) {
      throw new AppError('WRONG_STATE', `The zone has ${keysAtMost} concurrency keys already`);
    }
    this.wakeUps.zone(zoneId, 'due');
    return this.get(zoneId, name);
  }

  /** Its capacity is 1 from then on. */
  async remove(zone: string, name: string): Promise<Record<string, never>> {
    const zoneId = await this.zones.idOf(zone);
    if (!(await this.store.remove(zoneId, name))) throw new AppError('NOT_FOUND', 'No capacity was set for this concurrency key');
    return {};
  }

  private async get(zoneId: string, name: string): Promise<ConcurrencyKey> {
    const key = await this.store.get(zoneId, name);
    if (key === undefined) throw new AppError('NOT_FOUND', 'There is no such concurrency key');
    return key;
  }
}
