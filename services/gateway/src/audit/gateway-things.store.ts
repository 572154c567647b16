import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';

/** What the gateway itself keeps, as far as it is told: hashes of passwords and tokens are not read at all. */
const queries: Readonly<Record<string, string>> = {
  user: `SELECT id, username, display_name AS displayName, grants, must_change_password AS mustChangePassword,
    password_changed_at AS passwordChangedAt, disabled_at AS disabledAt, revision FROM users WHERE id = ?`,
  session: 'SELECT id, user_id AS userId, address, user_agent AS userAgent, method, created_at AS createdAt FROM sessions WHERE id = ?',
  apiToken:
    'SELECT id, name, prefix, user_id AS userId, grants, created_at AS createdAt, expires_at AS expiresAt FROM api_tokens WHERE id = ?',
  invitation: `SELECT id, username, grants, created_by AS createdBy, created_at AS createdAt, expires_at AS expiresAt, used_at AS usedAt,
    user_id AS userId FROM invitations WHERE id = ?`,
};

const listed: Readonly<Record<string, string>> = {
  identities: 'SELECT issuer, subject, created_at AS createdAt FROM identities WHERE user_id = ? ORDER BY created_at LIMIT 100',
};

@Injectable()
export class GatewayThingsStore {
  constructor(private readonly dataSource: DataSource) {}

  async find(kind: string, id: string): Promise<Record<string, unknown> | undefined> {
    const sql = queries[kind] ?? listed[kind];
    if (sql === undefined) return undefined;
    const rows = await guarded<Record<string, unknown>[]>(() => this.dataSource.query(sql, [id]));
    const told = kind in listed ? { items: rows } : rows[0] && withGrants(rows[0]);
    return told && (JSON.parse(JSON.stringify(told)) as Record<string, unknown>);
  }
}

const withGrants = (row: Record<string, unknown>): Record<string, unknown> => ({
  ...row,
  ...(typeof row.grants === 'string' ? { grants: JSON.parse(row.grants) as unknown } : {}),
  ...('mustChangePassword' in row ? { mustChangePassword: Number(row.mustChangePassword) === 1 } : {}),
});
