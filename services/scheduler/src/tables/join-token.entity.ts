import { Column, Entity } from 'typeorm';
import type { AgentKind } from '@klevr/contracts/agent';
import { IdColumn, JsonColumn, TimeColumn } from '@klevr/persistence/columns';

/** The token itself is nowhere; its SHA-256 is enough to know it again, as the token is 256 random bits. */
@Entity('join_tokens')
export class JoinTokenRow {
  @IdColumn({ primary: true })
  id = '';

  @IdColumn({ name: 'zone_id' })
  zoneId = '';

  @Column({ type: 'char', length: 64 })
  hash = '';

  @TimeColumn({ name: 'expires_at' })
  expiresAt = new Date(0);

  @Column({ type: 'int', name: 'max_uses' })
  maxUses = 1;

  @Column({ type: 'int' })
  uses = 0;

  @JsonColumn()
  labels: Record<string, string> = {};

  @Column({ type: 'varchar', length: 16 })
  kind: AgentKind = 'agent';

  @Column({ type: 'boolean' })
  approval = false;

  @Column({ type: 'boolean' })
  rejoin = false;

  @TimeColumn({ name: 'created_at' })
  createdAt = new Date(0);

  @TimeColumn({ name: 'revoked_at', nullable: true })
  revokedAt: Date | null = null;
}
