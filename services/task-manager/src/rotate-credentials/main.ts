import { createDataSource } from '@klevr/persistence/data-source';
import { commonConfig, loadConfig, secret } from '@klevr/platform/config';
import { z } from 'zod';
import { masterKeysText } from '../credentials/master-keys.js';
import { RotationStore, boxColumns } from '../credentials/rotation.store.js';
import { SecretBox } from '../credentials/secret-box.js';

/**
 * `npm run credentials:rotate`: moves all that is sealed at rest to the first of the master keys, and says what it did. Reads KLEVR_DATABASE_URL and
 * KLEVR_MASTER_KEY_FILE. Ends with 1 where something could not be opened: its master key is still needed, or lost.
 */
const config = loadConfig(z.object({ databaseUrl: commonConfig.databaseUrl, masterKey: secret(masterKeysText) }));

const box = new SecretBox(config.masterKey);
const dataSource = createDataSource({ url: config.databaseUrl, entities: [], migrations: [], migrationsTable: 'migrations_task_manager' });
try {
  await dataSource.initialize();
  const store = new RotationStore(dataSource, box);
  for (const column of boxColumns) {
    const { table, looked, moved, locked } = await store.rotate(column);
    process.stdout.write(
      `${table}: ${looked} looked at, ${moved} moved to the master key ${box.currentKeyId}, ${locked.length} not opened\n`,
    );
    for (const why of locked) process.stderr.write(`${table} ${why}\n`);
    if (locked.length > 0) process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`Not done, or not all of it: ${String(error)}. It may be done again at any time.\n`);
  process.exitCode = 1;
} finally {
  if (dataSource.isInitialized) await dataSource.destroy();
}
