import type { PrimaryKey } from '@klevr/contracts/presence';
import { PrimariesBucket } from '@klevr/messaging/primaries-bucket';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { ZonesStore } from '../hosts/zones.store.js';
import type { Primary } from './primary.js';

interface Known {
  readonly primary: Primary;
  readonly revision: number;
  /** False once something may have been missed. */
  sure: boolean;
}

/**
 * Who each zone's primary is, as the bucket's republish tells it; read from the bucket where it was never heard, and anew after every break of
 * the connection, since what was published meanwhile is gone.
 */
@Injectable()
export class ZonePrimariesService {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly bucket: PrimariesBucket,
    private readonly zones: ZonesStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Answers the new primary where the zone has another, or the same one has become ready. */
  async heard(zoneId: string, key: PrimaryKey | null, revision: number): Promise<Primary | undefined> {
    const before = this.known.get(zoneId);
    // After a purge the revisions still rise, so a lower one is a late copy.
    if (before !== undefined && revision < before.revision) return undefined;
    return this.learn(zoneId, key, revision);
  }

  async of(zoneId: string): Promise<Primary> {
    const known = this.known.get(zoneId);
    return known?.sure === true ? known.primary : this.readAgain(zoneId);
  }

  /** From the bucket itself; where that does not answer, what was known last. */
  async readAgain(zoneId: string): Promise<Primary> {
    const read = await this.bucket.read(zoneId);
    if (read.outcome === 'found' || read.outcome === 'none') {
      await this.learn(zoneId, read.outcome === 'found' ? read.key : null, read.revision);
    } else if (read.outcome === 'missing') {
      await this.learn(zoneId, null, 0);
    } else {
      this.log.warn({ zoneId, error: read.cause }, 'the key of the zone could not be read');
    }
    return this.known.get(zoneId)?.primary ?? { kind: 'none', epoch: await this.zones.lastEpoch(zoneId) };
  }

  /** Somebody knows better: it is read again before it is used next. */
  doubt(zoneId: string): void {
    const known = this.known.get(zoneId);
    if (known !== undefined) known.sure = false;
  }

  /** The connection broke: changes may have been missed. */
  doubtAll(): void {
    for (const known of this.known.values()) known.sure = false;
  }

  private async learn(zoneId: string, key: PrimaryKey | null, revision: number): Promise<Primary | undefined> {
    const before = this.known.get(zoneId);
    if (key === null) {
      // A delete's own revision was never given to anyone, and lies between the epochs before and after it.
      const epoch = Math.max(revision, lastEpochOf(before), await this.zones.lastEpoch(zoneId));
      return this.keep(zoneId, { kind: 'none', epoch }, revision);
    }
    const { agentId } = key;
    const primary: Primary =
      key.epoch === null
        ? { kind: 'appointed', agentId, epoch: revision, sinceMs: this.clock.monotonicMs() }
        : { kind: 'ready', agentId, epoch: key.epoch };
    const changed = this.keep(zoneId, primary, revision);
    if (changed !== undefined) await this.zones.raiseEpoch(zoneId, primary.epoch);
    return changed;
  }

  private keep(zoneId: string, primary: Primary, revision: number): Primary | undefined {
    const before = this.known.get(zoneId)?.primary;
    const same = before?.kind === primary.kind && before.epoch === primary.epoch;
    this.known.set(zoneId, { primary: same ? before : primary, revision, sure: true });
    return same ? undefined : primary;
  }
}

const lastEpochOf = (known: Known | undefined): number => known?.primary.epoch ?? 0;
