import { Injectable } from '@nestjs/common';
import { guarded } from '@klevr/persistence/database-errors';
import { DataSource } from 'typeorm';
import { commonGrants, type Principal } from './principal.js';
import { grantsOf } from './stored-grants.js';

interface TokenRow {
  readonly id: string;
  readonly user_id: string;
  readonly username: string;
  readonly token_grants: unknown;
  readonly user_grants: unknown;
  readonly expires_at: Date | null;
}

@Injectable()
export class ApiTokensStore {
  constructor(private readonly dataSource: DataSource) {}

  async findPrincipal(tokenHash: string, now: Date): Promise<Principal | undefined> {
    const [row] = await guarded<TokenRow[]>(() =>
      this.dataSource.query(
        `SELECT t.id, t.user_id, u.username, t.grants AS token_grants, u.grants AS user_grants, t.expires_at
         FROM api_tokens t JOIN users u ON u.id = t.user_id
         WHERE t.token_hash = ? AND (t.expires_at IS NULL OR t.expires_at > ?) AND u.disabled_at IS NULL`,
        [tokenHash, now],
      ),
    );
    return (
      row && {
        kind: 'apiToken',
        id: row.id,
        userId: row.user_id,
        username: row.username,
        grants: commonGrants(grantsOf(row.token_grants), grantsOf(row.user_grants)),
        expiresAtMs: row.expires_at?.getTime() ?? Infinity,
      }
    );
  }
}
