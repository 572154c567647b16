import { sqlId, sqlTime } from '@klevr/persistence/columns';
import { createIdempotencySql, dropIdempotencySql } from '@klevr/persistence/idempotency';
import { createOutboxSql, dropOutboxSql } from '@klevr/persistence/outbox';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { idempotencyKeys, outbox } from './tables.js';

const engine = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';
/** JSON as text: MariaDB's JSON type refuses escapes that are good JSON elsewhere (half a surrogate pair). */
const json = 'LONGTEXT';
const ascii = 'CHARACTER SET ascii COLLATE ascii_bin';
const word = `VARCHAR(24) ${ascii}`;
const name = `VARCHAR(63) ${ascii}`;

const tables: Record<string, string> = {
  /** `operation_id`: the apply or destroy that is open, of which there is one at most. `begun_revision`: of the last one that began. */
  resources: `
    id ${sqlId} NOT NULL PRIMARY KEY, zone_id ${sqlId} NOT NULL, zone_name ${name} NOT NULL, name ${name} NOT NULL,
    recipe ${json} NOT NULL, recipe_name ${name} NOT NULL, recipe_source ${name} NOT NULL, parameters ${json} NOT NULL, self_heal BOOLEAN NOT NULL,
    engine VARCHAR(255) NULL, worker_id ${sqlId} NULL, status ${word} NOT NULL, reason ${json} NULL,
    revision INT NOT NULL, applied_revision INT NULL, begun_revision INT NULL, observed ${json} NULL, observed_at ${sqlTime} NULL,
    observe_by ${sqlTime} NULL, drift ${json} NULL, drift_digest CHAR(64) ${ascii} NULL, health ${json} NOT NULL, outputs ${json} NOT NULL,
    operation_id ${sqlId} NULL, heal_tries INT NOT NULL DEFAULT 0, heal_not_before ${sqlTime} NULL, heal_at ${sqlTime} NULL,
    created_by VARCHAR(255) NOT NULL, created_at ${sqlTime} NOT NULL, updated_at ${sqlTime} NOT NULL,
    UNIQUE KEY uq_resources_name (zone_id, name), KEY ix_resources_zone (zone_id, id), KEY ix_resources_observe (observe_by),
    KEY ix_resources_heal (heal_at), KEY ix_resources_worker (worker_id), KEY ix_resources_source (recipe_source)`,
  /** Outputs that the recipe calls sensitive, as a sealed object. */
  resource_secrets: `resource_id ${sqlId} NOT NULL PRIMARY KEY, box MEDIUMTEXT ${ascii} NOT NULL`,
  resource_revisions: `
    resource_id ${sqlId} NOT NULL, revision INT NOT NULL, recipe ${json} NOT NULL, parameters ${json} NOT NULL, credentials ${json} NOT NULL,
    created_by VARCHAR(255) NOT NULL, created_at ${sqlTime} NOT NULL, applied_at ${sqlTime} NULL, PRIMARY KEY (resource_id, revision)`,
  /** `task_due_at`: when its task is to be made, or made sure of; nobody else looks before then. */
  operations: `
    id ${sqlId} NOT NULL PRIMARY KEY, resource_id ${sqlId} NOT NULL, resource_name ${name} NOT NULL, zone_id ${sqlId} NOT NULL,
    action ${word} NOT NULL, cause ${word} NOT NULL, status ${word} NOT NULL, reason ${json} NULL, revision INT NOT NULL,
    engine VARCHAR(255) NULL, plan_digest VARCHAR(128) NULL, delete_data BOOLEAN NOT NULL, task_id ${sqlId} NULL, task_due_at ${sqlTime} NULL,
    task_tries INT NOT NULL DEFAULT 0, run_id ${sqlId} NULL, worker_id ${sqlId} NULL, attempt INT NOT NULL DEFAULT 0, seq INT NOT NULL DEFAULT -1,
    plan ${json} NULL, steps ${json} NOT NULL, cancel_at ${sqlTime} NULL, created_by VARCHAR(255) NOT NULL, created_by_id VARCHAR(64) NOT NULL,
    created_at ${sqlTime} NOT NULL, started_at ${sqlTime} NULL, finished_at ${sqlTime} NULL,
    KEY ix_operations_resource (resource_id, id), KEY ix_operations_open (resource_id, finished_at), KEY ix_operations_task (task_id),
    KEY ix_operations_due (task_due_at), KEY ix_operations_finished (finished_at)`,
  /** `generation`: of the pieces that count; others are being written, or were. */
  resource_states: `
    resource_id ${sqlId} NOT NULL PRIMARY KEY, generation INT NOT NULL, bytes INT NOT NULL, digest VARCHAR(128) ${ascii} NULL,
    holder VARCHAR(128) NULL, held_until ${sqlTime} NULL, updated_at ${sqlTime} NOT NULL`,
  resource_state_pieces: `
    resource_id ${sqlId} NOT NULL, generation INT NOT NULL, piece_offset INT NOT NULL, bytes INT NOT NULL, box MEDIUMTEXT ${ascii} NOT NULL,
    PRIMARY KEY (resource_id, generation, piece_offset)`,
};

export class CreateTables1765100000000 implements MigrationInterface {
  readonly name = 'CreateTables1765100000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(tables)) await runner.query(`CREATE TABLE IF NOT EXISTS ${table} (${columns}) ${engine}`);
    for (const sql of [...createOutboxSql(outbox), ...createIdempotencySql(idempotencyKeys)]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of [...dropOutboxSql(outbox), ...dropIdempotencySql(idempotencyKeys)]) await runner.query(sql);
    for (const table of Object.keys(tables)) await runner.query(`DROP TABLE IF EXISTS ${table}`);
  }
}
