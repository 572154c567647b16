import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { DataSource } from 'typeorm';
import type { ChainPlace } from './audit-entry.js';
import type { SignedPlace } from './audit-keys.js';
import { lockHead } from './audit.store.js';

/** Cuts off the oldest part of the chain. */
@Injectable()
export class RetentionStore {
  constructor(private readonly dataSource: DataSource) {}

  /** The last of the oldest entries, `most` of them at most, that are all from before this time. The very last of the chain is never among them. */
  async lastBefore(time: Date, most: number): Promise<ChainPlace | undefined> {
    const rows = await guarded<{ seq: number; hash: string; at: Date }[]>(() =>
      this.dataSource.query(
        'SELECT seq, hash, at FROM audit_entries WHERE seq < (SELECT seq FROM audit_head WHERE id = 1) ORDER BY seq LIMIT ?',
        [most],
      ),
    );
    const end = rows.findIndex(({ at }) => at >= time);
    const last = rows.at(end === -1 ? rows.length - 1 : end - 1);
    return end === 0 || last === undefined ? undefined : { seq: Number(last.seq), hash: last.hash };
  }

  /** The anchor says where the chain begins from then on. Another replica may have been here before. */
  async cutAt({ seq, hash, at, keyId, signature }: SignedPlace): Promise<void> {
    await inTransaction(this.dataSource, async (manager) => {
      await lockHead(manager);
      const [anchor] = await manager.query<{ seq: number }[]>('SELECT seq FROM audit_anchor WHERE id = 1');
      if (Number(anchor?.seq ?? 0) >= seq) return;
      await manager.query('REPLACE INTO audit_anchor (id, seq, hash, at, key_id, signature) VALUES (1, ?, ?, ?, ?, ?)', [
        seq,
        hash,
        new Date(at),
        keyId,
        signature,
      ]);
      await manager.query('DELETE FROM audit_entries WHERE seq <= ?', [seq]);
    });
  }
}
