import { commonConfig, loadConfig, secret } from '@klevr/platform/config';
import { masterKeysText } from '@klevr/platform/master-keys';
import { SecretBox } from '@klevr/platform/secret-box';
import { z } from 'zod';
import { BoxRotation, type BoxColumn } from './box-rotation.js';
import { createDataSource } from './data-source.js';

const allTables = 'SELECT table_name name FROM information_schema.tables WHERE table_schema = DATABASE()';

/**
 * A service's part of `npm run secrets:rotate`, a process of its own: moves all that the service keeps sealed to the first of the master keys, and says what it did.
 * Reads KLEVR_DATABASE_URL, KLEVR_DATABASE_CA_FILE and KLEVR_MASTER_KEY_FILE. Ends with 1 where something could not be opened: its master key is still needed, or lost.
 */
export const rotateSecrets = async (service: string, columns: readonly BoxColumn[]): Promise<void> => {
  const { databaseUrl, databaseCaFile } = commonConfig;
  const config = loadConfig(z.object({ databaseUrl, databaseCaFile, masterKey: secret(masterKeysText) }));
  const box = new SecretBox(config.masterKey);
  const dataSource = createDataSource({
    ...{ url: config.databaseUrl, caFile: config.databaseCaFile },
    ...{ entities: [], migrations: [], migrationsTable: 'none' },
  });
  try {
    await dataSource.initialize();
    const rotation = new BoxRotation(dataSource, box);
    const there = new Set((await dataSource.query<{ name: string }[]>(allTables)).map(({ name }) => name));
    for (const column of columns) {
      if (!there.has(column.table)) {
        process.stdout.write(`${service}: ${column.table}: is not there, as the service has not run with this database yet\n`);
        continue;
      }
      const { table, looked, moved, locked } = await rotation.rotate(column);
      process.stdout.write(
        `${service}: ${table}: ${looked} looked at, ${moved} moved to the master key ${box.currentKeyId}, ${locked.length} not opened\n`,
      );
      for (const why of locked) process.stderr.write(`${service}: ${table} ${why}\n`);
      if (locked.length > 0) process.exitCode = 1;
    }
  } catch (error) {
    process.stderr.write(`${service}: not done, or not all of it: ${String(error)}. It may be done again at any time.\n`);
    process.exitCode = 1;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
};
