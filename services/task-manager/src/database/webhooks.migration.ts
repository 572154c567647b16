import { sqlId, sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const engine = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';
const lane = 'VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin';
const origin = 'VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin';

const tables: Record<string, string> = {
  webhooks: `
    id ${sqlId} NOT NULL PRIMARY KEY, url VARCHAR(2048) NOT NULL, zone_id ${sqlId} NULL, triggers LONGTEXT NOT NULL, events LONGTEXT NOT NULL,
    description VARCHAR(500) NOT NULL, secret VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, enabled BOOLEAN NOT NULL,
    zone_gone BOOLEAN NOT NULL DEFAULT FALSE, revision INT NOT NULL, created_by VARCHAR(255) NOT NULL, created_at ${sqlTime} NOT NULL, KEY ix_webhooks_zone (zone_id, id)`,
  /** Messages that must keep their order stand in one lane; a lane has one sender at a time. It is there as long as something is due in it. */
  delivery_lanes: `
    lane ${lane} NOT NULL PRIMARY KEY, receiver ${origin} NOT NULL, next_at ${sqlTime} NOT NULL, lease ${sqlId} NULL,
    KEY ix_delivery_lanes_next (receiver, next_at)`,
};

const columns: Record<string, string> = {
  /** The order within a lane: given while the lane is locked, so it is that of the commits, whatever the clocks of the replicas say. */
  seq: 'BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE',
  lane: `${lane} NULL`,
  webhook_id: `${sqlId} NULL`,
  agent_id: `${sqlId} NULL`,
  /** What may be told once only. */
  once_key: 'VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NULL UNIQUE',
  detail: 'MEDIUMTEXT NULL',
  tries: 'TEXT NULL',
  /** Of the present round; a redelivery begins another. */
  first_try_at: `${sqlTime} NULL`,
  first_attempt: 'INT NOT NULL DEFAULT 0',
};

const indexes: Record<string, string> = {
  ix_callback_deliveries_lane: '(lane, state, seq)',
  ix_callback_deliveries_webhook: '(webhook_id)',
  ix_callback_deliveries_ended: '(task_id, ended_at)',
};

/** Subscriptions, and messages that are sent in order, each receiver apart. */
export class Webhooks1764340000000 implements MigrationInterface {
  readonly name = 'Webhooks1764340000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, ofTable] of Object.entries(tables)) await runner.query(`CREATE TABLE IF NOT EXISTS ${name} (${ofTable}) ${engine}`);
    const adding = [
      ...[`MODIFY callback_id ${sqlId} NULL`, `MODIFY task_id ${sqlId} NULL`],
      ...['MODIFY event_type VARCHAR(64) NOT NULL', 'DROP INDEX IF EXISTS uq_callback_deliveries'],
      ...['DROP INDEX IF EXISTS ix_callback_deliveries_next', 'DROP INDEX IF EXISTS ix_callback_deliveries_task'],
      ...Object.entries(columns).map(([name, type]) => `ADD COLUMN IF NOT EXISTS ${name} ${type}`),
      ...Object.entries(indexes).map(([name, of]) => `ADD INDEX IF NOT EXISTS ${name} ${of}`),
    ];
    await runner.query(`ALTER TABLE callback_deliveries ${adding.join(', ')}`);
    /** What the callbacks of its task want to hear of, as bits; see `moments.ts`. */
    await runner.query('ALTER TABLE runs ADD COLUMN IF NOT EXISTS told TINYINT NOT NULL DEFAULT 0');
    await runner.query('UPDATE callback_deliveries SET lane = callback_id WHERE lane IS NULL');
    await runner.query(
      `INSERT IGNORE INTO delivery_lanes (lane, receiver, next_at)
       SELECT d.lane, LEFT(SUBSTRING_INDEX(c.url, '/', 3), 255), IFNULL(d.next_at, d.created_at)
       FROM callback_deliveries d JOIN callbacks c ON c.id = d.callback_id WHERE d.state = 'due'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE runs DROP COLUMN IF EXISTS told');
    await runner.query('DELETE FROM callback_deliveries WHERE callback_id IS NULL');
    const dropping = [
      ...Object.keys(indexes).map((name) => `DROP INDEX IF EXISTS ${name}`),
      ...Object.keys(columns).map((name) => `DROP COLUMN IF EXISTS ${name}`),
    ];
    await runner.query(`ALTER TABLE callback_deliveries ${dropping.join(', ')}, ADD INDEX ix_callback_deliveries_next (next_at),
       ADD INDEX ix_callback_deliveries_task (task_id)`);
    for (const name of Object.keys(tables)) await runner.query(`DROP TABLE IF EXISTS ${name}`);
  }
}
