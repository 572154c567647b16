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

/** How long what is known serves after the bucket could not be read. */
const readAgainMs = 1_000;

/**
 * Who each zone's primary is, as the bucket's republish tells it; read from the bucket where it was never heard, and anew after every break of
 * the connection, since what was published meanwhile is gone.
 * Promises: whoever listens is told of each change, however it was learnt. Does not: need the database to learn.
 */
@Injectable()
export class ZonePrimariesService {
  private readonly known = new Map<string, Known>();
  private onChange: (zoneId: string, primary: Primary) => void = () => undefined;

  constructor(
    private readonly bucket: PrimariesBucket,
    private readonly zones: ZonesStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  listen(onChange: (zoneId: string, primary: Primary) => void): void {
    this.onChange = onChange;
  }

  /** `key` is null where it was deleted. After a purge the revisions still rise, so a lower one is a late copy. */
  async heard(zoneId: string, key: PrimaryKey | null, revision: number): Promise<void> {
    const before = this.known.get(zoneId);
    if (before === undefined || revision >= before.revision) await this.learn(zoneId, key, revision);
  }

  async of(zoneId: string): Promise<Primary> {
    const known = this.known.get(zoneId);
    return known?.sure === true ? known.primary : this.readAgain(zoneId);
  }

  /** The highest epoch that an appointment was heard of, as far as it is known without asking; 0 where none was. Never that of a deletion. */
  knownEpoch(zoneId: string): number {
    const primary = this.known.get(zoneId)?.primary;
    return primary === undefined || primary.kind === 'none' ? 0 : primary.epoch;
  }

  /** Somebody knows better: it is read again before it is used next. */
  doubt(zoneId: string): void {
    const known = this.known.get(zoneId);
    if (known !== undefined) known.sure = false;
  }

  /** The connection broke: changes may have been missed. */
  async refreshAll(): Promise<void> {
    const zoneIds = [...this.known.keys()];
    for (const zoneId of zoneIds) this.doubt(zoneId);
    for (const zoneId of zoneIds) await this.of(zoneId);
  }

  /** From the bucket itself; where that does not answer, what was known last. */
  private async readAgain(zoneId: string): Promise<Primary> {
    const read = await this.bucket.read(zoneId);
    if (read.outcome === 'found') return this.learn(zoneId, read.key, read.revision);
    if (read.outcome === 'none') return this.learn(zoneId, null, read.revision);
    if (read.outcome === 'missing') return this.learn(zoneId, null, 0);
    this.log.warn({ zoneId, error: read.cause }, 'the key of the zone could not be read');
    const known = this.known.get(zoneId);
    if (known === undefined) return { kind: 'none', epoch: await this.lastEpoch(zoneId) };
    known.sure = true;
    this.clock.setTimer(() => this.doubt(zoneId), readAgainMs);
    return known.primary;
  }

  private async learn(zoneId: string, key: PrimaryKey | null, revision: number): Promise<Primary> {
    const primary = key === null ? await this.nobody(zoneId, revision) : this.primaryOf(key, revision);
    const before = this.known.get(zoneId)?.primary;
    const same = before?.kind === primary.kind && before.epoch === primary.epoch;
    this.known.set(zoneId, { primary: same ? before : primary, revision, sure: true });
    if (!same) this.onChange(zoneId, primary);
    return same ? before : primary;
  }

  private primaryOf({ agentId, epoch }: PrimaryKey, revision: number): Primary {
    if (epoch !== null) return { kind: 'ready', agentId, epoch };
    return { kind: 'appointed', agentId, epoch: revision, sinceMs: this.clock.monotonicMs() };
  }

  /** A delete's own revision was never given to anyone, and lies between the epochs before and after it. */
  private async nobody(zoneId: string, revision: number): Promise<Primary> {
    const last = this.known.get(zoneId)?.primary.epoch ?? (await this.lastEpoch(zoneId));
    return { kind: 'none', epoch: Math.max(revision, last) };
  }

  private async lastEpoch(zoneId: string): Promise<number> {
    try {
      return await this.zones.lastEpoch(zoneId);
    } catch (error) {
      this.log.warn({ zoneId, error }, 'the last epoch of the zone could not be read');
      return 0;
    }
  }
}
