import { createHash } from 'node:crypto';
import { AppError } from '@klevr/contracts/errors';
import { pieceBytes } from '@klevr/contracts/provision';
import { guarded } from '@klevr/persistence/database-errors';
import { inTransaction } from '@klevr/persistence/transaction';
import { SecretBox } from '@klevr/platform/secret-box';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { pieceContext } from './box-context.js';
import { refuseOthers } from './state-holder.js';

const heldMs = 3_600_000;
const largestStateBytes = 32 * 1024 * 1024;

export interface StatePiece {
  readonly resourceId: string;
  readonly holder: string;
  readonly offset: number;
  readonly data: Buffer;
  readonly last: boolean;
  readonly digest: string | null;
}

interface StateRow {
  generation: number;
  bytes: number;
  digest: string | null;
  holder: string | null;
  heldUntil: Date | null;
}

interface PieceRow {
  begins: number;
  bytes: number;
  box: string;
}

const columns = 'generation, bytes, digest, holder, held_until heldUntil';

/** States in sealed pieces. The pieces of a new one lie beside those of the old one until the last of them is there. */
@Injectable()
export class StateStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly box: SecretBox,
  ) {}

  /** The same holder gets it again; another one where it is to take over. */
  lock(
    resourceId: string,
    holder: string,
    { now, takeOver }: { readonly now: Date; readonly takeOver: boolean },
  ): Promise<{ bytes: number; digest: string | null }> {
    return inTransaction(this.dataSource, async (manager) => {
      await manager.query('INSERT IGNORE INTO resource_states (resource_id, generation, bytes, updated_at) VALUES (?, 0, 0, ?)', [
        resourceId,
        now,
      ]);
      const row = await lockRow(manager, resourceId);
      if (!takeOver) refuseOthers(row, holder, now, 'free');
      await hold(manager, resourceId, holder, now);
      return { bytes: row?.bytes ?? 0, digest: row?.digest ?? null };
    });
  }

  /** Empty at its end. A piece of what was written as one is read as one. */
  read(resourceId: string, offset: number): Promise<{ data: string; bytes: number }> {
    return guarded(async () => {
      const rows = await this.dataSource.query<(PieceRow & { total: number; generation: number })[]>(
        `SELECT s.bytes total, s.generation, p.piece_offset begins, p.bytes, p.box FROM resource_states s
         LEFT JOIN resource_state_pieces p ON p.resource_id = s.resource_id AND p.generation = s.generation AND p.piece_offset <= ?
         WHERE s.resource_id = ? ORDER BY p.piece_offset DESC LIMIT 1`,
        [offset, resourceId],
      );
      const [piece] = rows;
      if (piece === undefined || piece.box === null || offset >= piece.total) return { data: '', bytes: piece?.total ?? 0 };
      const data = this.box.open(piece.box, pieceContext(resourceId, piece.generation, piece.begins));
      return { data: data.subarray(offset - piece.begins).toString('base64'), bytes: piece.total };
    });
  }

  write(piece: StatePiece, now: Date): Promise<void> {
    const { resourceId, holder, offset, data, last, digest } = piece;
    return inTransaction(this.dataSource, async (manager) => {
      const row = await lockRow(manager, resourceId);
      refuseOthers(row, holder, now, 'held');
      if (row === undefined) return;
      if (offset + data.length > largestStateBytes) throw new AppError('TOO_LARGE', `A state has ${largestStateBytes} bytes at most`);
      if (data.length > pieceBytes) throw new AppError('TOO_LARGE', `A piece has ${pieceBytes} bytes at most`);
      const generation = row.generation + 1;
      const rest = 'FROM resource_state_pieces WHERE resource_id = ? AND generation = ?';
      // What was written from here on before is of a try that was cut off.
      await manager.query(`DELETE ${rest} AND piece_offset >= ?`, [resourceId, generation, offset]);
      const [{ written } = { written: 0 }] = await manager.query<{ written: number | string | null }[]>(
        `SELECT SUM(bytes) written ${rest}`,
        [resourceId, generation],
      );
      if (Number(written ?? 0) !== offset)
        throw new AppError('CONFLICT', `The next piece begins at ${Number(written ?? 0)}, not at ${offset}`);
      if (data.length > 0) {
        const box = this.box.seal(data, pieceContext(resourceId, generation, offset));
        const sql = 'INSERT INTO resource_state_pieces (resource_id, generation, piece_offset, bytes, box) VALUES (?)';
        await manager.query(sql, [[resourceId, generation, offset, data.length, box]]);
      }
      if (last) await this.finish(manager, { resourceId, generation, bytes: offset + data.length, digest }, now);
      await hold(manager, resourceId, holder, now);
    });
  }

  unlock(resourceId: string, holder: string, now: Date): Promise<void> {
    return inTransaction(this.dataSource, async (manager) => {
      const row = await lockRow(manager, resourceId);
      if (row === undefined || row.holder === null) return;
      refuseOthers(row, holder, now, 'held');
      await manager.query('UPDATE resource_states SET holder = NULL, held_until = NULL WHERE resource_id = ?', [resourceId]);
    });
  }

  private async finish(
    manager: EntityManager,
    { resourceId, generation, bytes, digest }: { resourceId: string; generation: number; bytes: number; digest: string | null },
    now: Date,
  ): Promise<void> {
    const found = digest === null ? null : await this.digestOf(manager, resourceId, generation);
    if (found !== digest)
      throw new AppError('CONFLICT', 'What was written does not have the digest that was told; write it again from its begin');
    await manager.query('UPDATE resource_states SET generation = ?, bytes = ?, digest = ?, updated_at = ? WHERE resource_id = ?', [
      ...[generation, bytes, digest, now, resourceId],
    ]);
    await manager.query('DELETE FROM resource_state_pieces WHERE resource_id = ? AND generation <> ?', [resourceId, generation]);
  }

  private async digestOf(manager: EntityManager, resourceId: string, generation: number): Promise<string> {
    const hash = createHash('sha256');
    const sql = `SELECT piece_offset begins, bytes, box FROM resource_state_pieces WHERE resource_id = ? AND generation = ? AND piece_offset >= ?
      ORDER BY piece_offset LIMIT 1`;
    for (let at = 0; ;) {
      const [piece] = await manager.query<PieceRow[]>(sql, [resourceId, generation, at]);
      if (piece === undefined) return hash.digest('hex');
      hash.update(this.box.open(piece.box, pieceContext(resourceId, generation, piece.begins)));
      at = piece.begins + piece.bytes;
    }
  }
}

const lockRow = async (manager: EntityManager, resourceId: string): Promise<StateRow | undefined> =>
  (await manager.query<StateRow[]>(`SELECT ${columns} FROM resource_states WHERE resource_id = ? FOR UPDATE`, [resourceId]))[0];

const hold = (manager: EntityManager, resourceId: string, holder: string, now: Date): Promise<unknown> =>
  manager.query('UPDATE resource_states SET holder = ?, held_until = ? WHERE resource_id = ?', [
    ...[holder, new Date(now.getTime() + heldMs), resourceId],
  ]);
