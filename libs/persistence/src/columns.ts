import { Column, type ColumnOptions } from 'typeorm';

/**
 * Column kinds, once for entities (decorators) and once for migrations (SQL), so that both stay the same. Ids are compared byte by byte in ASCII:
 * smaller keys, and no collation that takes two of them for one.
 */
export const sqlId = 'VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin';
export const sqlTime = 'DATETIME(3)';
export const sqlJson = 'JSON';

/** A prefixed ULID; see `idPrefixes` of the contracts. */
export const IdColumn = (options: ColumnOptions = {}): PropertyDecorator =>
  Column({ type: 'varchar', length: 36, charset: 'ascii', collation: 'ascii_bin', ...options });

/** Milliseconds, UTC. */
export const TimeColumn = (options: ColumnOptions = {}): PropertyDecorator => Column({ type: 'datetime', precision: 3, ...options });

export const JsonColumn = (options: ColumnOptions = {}): PropertyDecorator => Column({ type: 'json', ...options });

/** JSON of a raw query: MariaDB keeps it as text, and the driver gives text or the value, depending on the server's version. */
export const jsonValue = (column: unknown): unknown => (typeof column === 'string' ? JSON.parse(column) : column);
