import { Injectable } from '@nestjs/common';
import { CachedReads } from '@klevr/platform/cached-reads';
import { namespaceOf } from '../hosts/host-pool.service.js';
import type { ZoneRow } from '../tables/zone.entity.js';
import { MembersStore, type Member } from './members.store.js';

type Zone = Pick<ZoneRow, 'id' | 'platform' | 'environment'>;

interface Kept {
  readonly version: string;
  readonly members: Promise<readonly Member[]>;
  size: number;
}

/** Members of all zones together that are kept; a large zone has some megabytes. */
const mostKept = 100_000;

/**
 * The members of zones, from this process's own memory while nothing has changed: the pool of a large zone is more than the cache takes, and more
 * than should be read for every task.
 * Promises: what `CachedReads` promises, by the same versions; readers that come at once share one read. Does not: keep anything without the cache,
 * where no change of another replica could be known.
 */
@Injectable()
export class MembersService {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly store: MembersStore,
    private readonly reads: CachedReads,
  ) {}

  async of(zone: Zone): Promise<readonly Member[]> {
    const version = await this.reads.version(namespaceOf(zone.id));
    if (version === undefined) return this.store.all(zone.id, zone);
    const wanted = `${version} ${zone.platform} ${zone.environment}`;
    const known = this.kept.get(zone.id);
    if (known?.version === wanted) return known.members;
    return this.load(zone, wanted);
  }

  private async load(zone: Zone, version: string): Promise<readonly Member[]> {
    const entry: Kept = { version, members: this.store.all(zone.id, zone), size: 0 };
    this.kept.delete(zone.id);
    this.kept.set(zone.id, entry);
    try {
      const members = await entry.members;
      entry.size = members.length + 1;
      this.letGo();
      return members;
    } catch (error) {
      if (this.kept.get(zone.id) === entry) this.kept.delete(zone.id);
      throw error;
    }
  }

  /** The zones that were read longest ago go first. */
  private letGo(): void {
    let total = 0;
    for (const { size } of this.kept.values()) total += size;
    for (const [zoneId, { size }] of this.kept) {
      if (total <= mostKept) return;
      this.kept.delete(zoneId);
      total -= size;
    }
  }
}
