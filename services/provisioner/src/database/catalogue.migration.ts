import { sqlId, sqlTime } from '@klevr/persistence/columns';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const engine = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';
const ascii = 'CHARACTER SET ascii COLLATE ascii_bin';
const name = `VARCHAR(63) ${ascii}`;
const digest = `CHAR(64) ${ascii}`;
const commit = `VARCHAR(64) ${ascii}`;

const tables: Record<string, string> = {
  /** `ref_object`: what the branch or tag was at when it was read last. `lease`: of the one that reads it now. */
  catalogue_sources: `
    id ${sqlId} NOT NULL PRIMARY KEY, name ${name} NOT NULL UNIQUE, url VARCHAR(2048) NOT NULL, ref LONGTEXT NULL, folder VARCHAR(255) NOT NULL,
    sync_every_seconds INT NULL, signed_tags_only BOOLEAN NOT NULL, trusted_signers LONGTEXT NOT NULL, auth_box MEDIUMTEXT ${ascii} NULL,
    built_in BOOLEAN NOT NULL, status VARCHAR(16) ${ascii} NOT NULL, status_message VARCHAR(2000) NOT NULL, commit_id ${commit} NULL,
    ref_object ${commit} NULL, synced_at ${sqlTime} NULL, next_sync_at ${sqlTime} NULL, faults LONGTEXT NOT NULL, lease ${sqlId} NULL,
    lease_until ${sqlTime} NULL, revision INT NOT NULL, created_by VARCHAR(255) NOT NULL, created_at ${sqlTime} NOT NULL,
    KEY ix_catalogue_sources_next (next_sync_at)`,
  /** `gone_at`: since when the source has it no longer, or with another content. */
  catalogue_recipes: `
    source_id ${sqlId} NOT NULL, name ${name} NOT NULL, version VARCHAR(64) ${ascii} NOT NULL, digest ${digest} NOT NULL, driver VARCHAR(24) ${ascii} NOT NULL,
    manifest LONGTEXT NOT NULL, readme MEDIUMTEXT NULL, files LONGTEXT NOT NULL, archive_bytes INT NOT NULL, commit_id ${commit} NOT NULL,
    synced_at ${sqlTime} NOT NULL, gone_at ${sqlTime} NULL, PRIMARY KEY (source_id, name, version, digest), KEY ix_catalogue_recipes_digest (digest),
    KEY ix_catalogue_recipes_gone (gone_at)`,
  /** A row is what one answer to a worker holds; a whole archive could be more than the server takes in a statement. */
  catalogue_pieces: `digest ${digest} NOT NULL, piece_offset INT NOT NULL, data MEDIUMBLOB NOT NULL, PRIMARY KEY (digest, piece_offset)`,
};

export class Catalogue1765100100000 implements MigrationInterface {
  readonly name = 'Catalogue1765100100000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(tables)) await runner.query(`CREATE TABLE IF NOT EXISTS ${table} (${columns}) ${engine}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of Object.keys(tables)) await runner.query(`DROP TABLE IF EXISTS ${table}`);
  }
}
