import type { Idempotency } from '@klevr/contracts/contract';
import type { Credential } from '@klevr/contracts/credential';
import { AppError } from '@klevr/contracts/errors';
import { duplicateKey, guarded } from '@klevr/persistence/database-errors';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { idempotencyKeys } from '../database/tables.js';
import { isoOrNull } from '../reading/page.js';

/** A secret as it is stored: sealed. */
export interface SealedValue {
  readonly box: string;
  readonly bytes: number;
}

export interface NewCredential extends SealedValue {
  readonly zoneId: string;
  readonly name: string;
  readonly description: string;
  readonly createdBy: string;
}

export interface StoredSecret extends SealedValue {
  readonly name: string;
  readonly lastUsedAt: Date | null;
}

export const credentialsAZone = 1_000;

/** Secrets of zones. Their values come in sealed and go out sealed; what is told of them is never read together with one. */
@Injectable()
export class CredentialsStore {
  constructor(private readonly dataSource: DataSource) {}

  create({ zoneId, name, description, createdBy, box, bytes }: NewCredential, idempotency: Idempotency | undefined, now: Date) {
    return inTransaction(this.dataSource, (manager) =>
      once(manager, idempotencyKeys, idempotency, async (): Promise<Credential> => {
        const [{ count } = { count: 0 }] = await manager.query<{ count: number | string }[]>(
          'SELECT COUNT(*) count FROM credentials WHERE zone_id = ?',
          [zoneId],
        );
        if (Number(count) >= credentialsAZone)
          throw new AppError('CONFLICT', `The zone has ${credentialsAZone} credentials, which is as many as it may`);
        const sql = `INSERT INTO credentials (zone_id, name, description, box, value_bytes, created_by, created_at, updated_at) VALUES (?)`;
        await manager.query(sql, [[zoneId, name, description, box, bytes, createdBy, now, now]]).catch((error: unknown) => {
          if (!duplicateKey(error)) throw error;
          throw new AppError('CONFLICT', `The zone has a credential ${name} already`, { errors: [{ path: 'name', message: 'is taken' }] });
        });
        const at = now.toISOString();
        return { name, zoneId, description, createdBy, createdAt: at, updatedAt: at, lastUsedAt: null };
      }),
    );
  }

  /** In the order of their names, after the given one. */
  async list(zoneId: string, after: string, limit: number): Promise<Credential[]> {
    const sql = `SELECT ${told} FROM credentials WHERE zone_id = ? AND name > ? ORDER BY name LIMIT ?`;
    return (await guarded(() => this.dataSource.query<Told[]>(sql, [zoneId, after, limit]))).map(credentialOf);
  }

  /** What is undefined stays. Undefined where there is none of that name. */
  async change(
    { zoneId, name }: { readonly zoneId: string; readonly name: string },
    { value, description }: { readonly value: SealedValue | undefined; readonly description: string | undefined },
    now: Date,
  ): Promise<Credential | undefined> {
    const changes = [
      ...(value === undefined ? [] : [{ sql: 'box = ?, value_bytes = ?, updated_at = ?', with: [value.box, value.bytes, now] }]),
      ...(description === undefined ? [] : [{ sql: 'description = ?', with: [description] }]),
    ];
    return inTransaction(this.dataSource, async (manager) => {
      const sql = `UPDATE credentials SET ${changes.map((change) => change.sql).join(', ')} WHERE zone_id = ? AND name = ?`;
      await manager.query(sql, [...changes.flatMap((change) => change.with), zoneId, name]);
      const found = await manager.query<Told[]>(`SELECT ${told} FROM credentials WHERE zone_id = ? AND name = ?`, [zoneId, name]);
      return found.map(credentialOf)[0];
    });
  }

  /** Whether there was one. */
  async remove(zoneId: string, name: string): Promise<boolean> {
    const sql = 'DELETE FROM credentials WHERE zone_id = ? AND name = ?';
    return (await guarded(() => this.dataSource.query<{ affectedRows: number }>(sql, [zoneId, name]))).affectedRows > 0;
  }

  /** The bytes of the values, by name. */
  async sizes(zoneId: string, names: readonly string[]): Promise<Map<string, number>> {
    const sql = 'SELECT name, value_bytes bytes FROM credentials WHERE zone_id = ? AND name IN (?)';
    const rows = await guarded(() => this.dataSource.query<{ name: string; bytes: number }[]>(sql, [zoneId, names]));
    return new Map(rows.map(({ name, bytes }) => [name, bytes]));
  }

  async sealed(zoneId: string, names: readonly string[]): Promise<Map<string, StoredSecret>> {
    const sql = `SELECT name, box, value_bytes bytes, last_used_at lastUsedAt FROM credentials WHERE zone_id = ? AND name IN (?)`;
    const rows = await guarded(() => this.dataSource.query<StoredSecret[]>(sql, [zoneId, names]));
    return new Map(rows.map((row) => [row.name, row]));
  }

  /** What secrets for these agents are sealed to; those that told none are not in it. */
  async sealingKeys(agentIds: readonly string[]): Promise<Map<string, string>> {
    const sql = 'SELECT agent_id agentId, sealing_key sealingKey FROM agent_state WHERE agent_id IN (?) AND sealing_key IS NOT NULL';
    const rows = await guarded(() => this.dataSource.query<{ agentId: string; sealingKey: string }[]>(sql, [agentIds]));
    return new Map(rows.map(({ agentId, sealingKey }) => [agentId, sealingKey]));
  }

  async used(zoneId: string, names: readonly string[], now: Date): Promise<void> {
    const sql = 'UPDATE credentials SET last_used_at = ? WHERE zone_id = ? AND name IN (?)';
    await guarded(() => this.dataSource.query(sql, [now, zoneId, names]));
  }
}

const told = `name, zone_id zoneId, description, created_by createdBy, created_at createdAt, updated_at updatedAt, last_used_at lastUsedAt`;

interface Told {
  readonly name: string;
  readonly zoneId: string;
  readonly description: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastUsedAt: Date | null;
}

const credentialOf = (row: Told): Credential => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
  lastUsedAt: isoOrNull(row.lastUsedAt),
});
