import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, MoreThan } from 'typeorm';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { idempotencyKeys } from '../tables/names.js';
import { JoinTokenRow } from '../tables/join-token.entity.js';
import { ZoneRow } from '../tables/zone.entity.js';

@Injectable()
export class JoinTokensStore {
  constructor(private readonly dataSource: DataSource) {}

  /** A replay is refused with SECRET_SHOWN_ONCE: only the first answer can show the token. */
  async create(token: JoinTokenRow, idempotency: Idempotency | undefined): Promise<void> {
    await inTransaction(this.dataSource, (manager) =>
      once(
        manager,
        idempotencyKeys,
        idempotency,
        async () => {
          // Kept from being deleted until this is committed.
          const zone = await manager.findOne(ZoneRow, { where: { id: token.zoneId }, lock: { mode: 'pessimistic_read' } });
          if (zone === null) throw new AppError('NOT_FOUND', 'There is no such zone');
          await manager.insert(JoinTokenRow, token);
          return null;
        },
        { secret: true },
      ),
    );
  }

  async list(zoneId: string, afterId: string | undefined, limit: number): Promise<JoinTokenRow[]> {
    const where = { zoneId, ...(afterId === undefined ? {} : { id: MoreThan(afterId) }) };
    return guarded(() => this.dataSource.manager.find(JoinTokenRow, { where, order: { id: 'ASC' }, take: limit }));
  }

  /** False if the zone has no such token. Revoking again changes nothing. */
  async revoke(zoneId: string, id: string, at: Date): Promise<boolean> {
    return inTransaction(this.dataSource, async (manager) => {
      await manager.query('UPDATE join_tokens SET revoked_at = ? WHERE id = ? AND zone_id = ? AND revoked_at IS NULL', [at, id, zoneId]);
      return manager.existsBy(JoinTokenRow, { id, zoneId });
    });
  }

  /** Takes one use of the token in the caller's transaction, or answers undefined: unknown, expired, used up or revoked. */
  async use(manager: EntityManager, hash: string, at: Date): Promise<JoinTokenRow | undefined> {
    const sql = 'UPDATE join_tokens SET uses = uses + 1 WHERE hash = ? AND revoked_at IS NULL AND expires_at > ? AND uses < max_uses';
    const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, [hash, at]);
    return affectedRows === 1 ? ((await manager.findOneBy(JoinTokenRow, { hash })) ?? undefined) : undefined;
  }
}
