import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { PrimaryKey } from '@klevr/contracts/presence';
import { firstRevision } from '@klevr/election/epoch-floor';
import { PrimariesBucket, type ReadOutcome, type WriteOutcome } from '@klevr/messaging/primaries-bucket';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';

/** Of this database, as a server may hold several installations. */
const lockSql = "CONCAT(DATABASE(), '.primaries')";
const highestSql =
  'SELECT GREATEST(COALESCE((SELECT MAX(epoch) FROM terms), 0), COALESCE((SELECT MAX(floor) FROM epoch_floors), 0)) AS epoch';
const lockWaitSeconds = 10;
/** Each one lost means that another write came between. */
const removeAttempts = 5;

/**
 * The bucket of keys, made again where it is missing.
 * Promises: its first revision lies above every one that was ever given, so epochs rise for ever; one replica makes it at a time, and writes down where
 * it begins before it makes it. Does not: make it while MariaDB is away, as the highest epoch is unknown then.
 */
@Injectable()
export class PrimariesKeeper {
  private ensuring: Promise<boolean> | undefined;

  constructor(
    private readonly bucket: PrimariesBucket,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  put(zoneId: string, key: PrimaryKey, expectedRevision: number): Promise<WriteOutcome> {
    return this.bucket.put(zoneId, key, expectedRevision);
  }

  read(zoneId: string): Promise<ReadOutcome> {
    return this.bucket.read(zoneId);
  }

  /** Of a zone that was deleted. False where it could not be removed, which the next one to see it tries again. */
  async remove(zoneId: string): Promise<boolean> {
    for (let attempt = 0; attempt < removeAttempts; attempt++) {
      const found = await this.bucket.read(zoneId);
      if (found.outcome === 'none') return true;
      if (found.outcome !== 'found') break;
      const { outcome } = await this.bucket.remove(zoneId, found.revision);
      if (outcome === 'written') return true;
    }
    this.log.warn({ zoneId }, 'the key of a deleted zone could not be removed');
    return false;
  }

  onDeleted(listener: () => void): void {
    this.bucket.onDeleted(listener);
  }

  /** True if the bucket was missing and is there now. Throws while the database or the bucket cannot be reached. */
  ensure(): Promise<boolean> {
    this.ensuring ??= this.ensureLocked().finally(() => (this.ensuring = undefined));
    return this.ensuring;
  }

  /** The same for callers that go on whatever it says: false while it cannot be told. */
  async ensureQuietly(): Promise<boolean> {
    try {
      return await this.ensure();
    } catch (error) {
      this.log.warn({ error }, 'whether the bucket of primaries is there cannot be told now');
      return false;
    }
  }

  private async ensureLocked(): Promise<boolean> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.connect();
      const [lock] = await runner.manager.query<{ taken: number | null }[]>(`SELECT GET_LOCK(${lockSql}, ?) AS taken`, [lockWaitSeconds]);
      if (lock?.taken !== 1) throw new Error('another replica has been making the bucket for too long');
      try {
        const made = await this.bucket.ensure(() => this.newFloor(runner.manager));
        return made;
      } finally {
        await runner.manager.query(`SELECT RELEASE_LOCK(${lockSql})`);
      }
    } finally {
      await runner.release();
    }
  }

  /** Terms are written behind the appointments, and may be missing where one bucket is lost soon after another. */
  private async newFloor(manager: EntityManager): Promise<number> {
    const [top] = await manager.query<{ epoch: number | string | null }[]>(highestSql);
    const floor = firstRevision(Number(top?.epoch ?? 0), this.clock.nowMs());
    await manager.query('INSERT INTO epoch_floors (floor, set_at) VALUES (?, ?)', [floor, new Date(this.clock.nowMs())]);
    this.log.warn({ floor }, 'the bucket of primaries is missing and is made');
    return floor;
  }
}
