import { Column, Entity } from 'typeorm';
import type { AgentKind, AgentStatus, HostFacts } from '@klevr/contracts/agent';
import { IdColumn, JsonColumn, TimeColumn } from '@klevr/persistence/columns';

@Entity('agents')
export class AgentRow {
  @IdColumn({ primary: true })
  id = '';

  @IdColumn({ name: 'zone_id' })
  zoneId = '';

  /** The public half of the agent's NATS user key; `$SYS` events name its connections by it. */
  @Column({ type: 'char', length: 56, name: 'public_key' })
  publicKey = '';

  /** Of the join token that it came by first. */
  @Column({ type: 'varchar', length: 16 })
  kind: AgentKind = 'agent';

  @Column({ type: 'varchar', length: 16 })
  status: AgentStatus = 'pending';

  @Column({ type: 'varchar', length: 255, name: 'status_cause' })
  statusCause = '';

  @TimeColumn({ name: 'status_since' })
  statusSince = new Date(0);

  @JsonColumn()
  labels: Record<string, string> = {};

  @Column({ type: 'varchar', length: 64 })
  version = '';

  @JsonColumn()
  facts: HostFacts | Record<string, never> = {};

  @Column({ type: 'varchar', length: 512, name: 'beacon_url', nullable: true })
  beaconUrl: string | null = null;

  @IdColumn({ nullable: true })
  session: string | null = null;

  @IdColumn({ name: 'journal_id', nullable: true })
  journalId: string | null = null;

  @Column({ type: 'varchar', length: 128, name: 'conn_server', nullable: true })
  connServer: string | null = null;

  @Column({ type: 'double', name: 'conn_client', nullable: true })
  connClient: number | null = null;

  /** Stands for election; its last known load decides among equals. */
  @Column({ type: 'boolean' })
  standing = false;

  @Column({ type: 'double', name: 'load_score' })
  loadScore = 0;

  @Column({ type: 'int' })
  revision = 1;

  /** False while an operator has to let it in. */
  @Column({ type: 'boolean' })
  approved = true;

  /** Gets no new work, whatever its status. */
  @Column({ type: 'boolean' })
  drained = false;

  @Column({ type: 'varchar', length: 128, name: 'machine_id', nullable: true })
  machineId: string | null = null;

  @Column({ type: 'varchar', length: 128, name: 'boot_id', nullable: true })
  bootId: string | null = null;

  @TimeColumn({ name: 'last_seen_at', nullable: true })
  lastSeenAt: Date | null = null;

  @TimeColumn({ name: 'created_at' })
  createdAt = new Date(0);
}
