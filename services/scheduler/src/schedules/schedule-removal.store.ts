import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { guarded } from '@klevr/persistence/database-errors';
import { EventOutbox } from '../events/event-outbox.store.js';

const rowsAtOnce = 1_000;
const keptDays = 30;

/**
 * Takes schedules and their ledgers away. Promises: nothing of a removed schedule fires any more once the caller's transaction is committed. A long ledger
 * goes in pieces, the rest of it by age.
 */
@Injectable()
export class ScheduleRemoval {
  private readonly left = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
  ) {}

  async remove(manager: EntityManager, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await manager.query('DELETE FROM schedules WHERE id IN (?)', [ids]);
    await manager.query("DELETE FROM fires WHERE schedule_id IN (?) AND state = 'due'", [ids]);
    for (const id of ids) this.left.add(id);
  }

  /** Of a zone that is being deleted, in the transaction that does it. */
  async removeOfZone(manager: EntityManager, zoneId: string, by: string, at: Date): Promise<void> {
    const rows = await manager.query<{ id: string; name: string }[]>('SELECT id, name FROM schedules WHERE zone_id = ?', [zoneId]);
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      const some = rows.slice(from, from + rowsAtOnce);
      await this.remove(
        manager,
        some.map(({ id }) => id),
      );
      const data = (name: string) => ({ by, name, zoneDeleted: true });
      await this.events.append(
        manager,
        some.map(({ id, name }) => ({ type: 'schedule.deleted', zoneId, subjectId: id, data: data(name), atMs: at.getTime() })),
      );
    }
  }

  /** After the commit: the ledgers of what was removed here. */
  async finish(): Promise<void> {
    for (const id of this.left) {
      const sql = 'DELETE FROM fires WHERE schedule_id = ? LIMIT ?';
      const { affectedRows } = await guarded(() => this.dataSource.query<{ affectedRows: number }>(sql, [id, rowsAtOnce]));
      if (affectedRows < rowsAtOnce) this.left.delete(id);
    }
  }

  /** Bounds the ledgers by age. `oldest` is an id made at the time from which on they are kept. */
  async forgetOld(now: Date): Promise<void> {
    const since = new Date(now.getTime() - keptDays * 86_400_000);
    const sql = "DELETE FROM fires WHERE state <> 'due' AND id < ? LIMIT ?";
    for (let round = 0; round < 10; round++) {
      const { affectedRows } = await guarded(() => this.dataSource.query<{ affectedRows: number }>(sql, [firstIdOf(since), rowsAtOnce]));
      if (affectedRows < rowsAtOnce) return;
    }
  }
}

const base32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Smaller than each id of a fire that was made then or later: ids begin with their time. */
const firstIdOf = (at: Date): string => {
  let [rest, text] = [at.getTime(), ''];
  for (let place = 0; place < 10; place++) {
    text = (base32[rest % 32] ?? '0') + text;
    rest = Math.floor(rest / 32);
  }
  return `fire_${text}`;
};
