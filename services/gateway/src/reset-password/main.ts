import { createDataSource } from '@klevr/persistence/data-source';
import { SystemClock } from '@klevr/platform/clock';
import { commonConfig, loadConfig } from '@klevr/platform/config';
import { z } from 'zod';
import { PasswordHasher } from '../auth/password-hasher.js';
import { UsersStore } from '../auth/users.store.js';
import { PasswordRecovery } from '../users/password-recovery.service.js';
import { PasswordsService } from '../users/passwords.service.js';
import { UserChangesStore } from '../users/user-changes.store.js';

/**
 * `npm run admin:reset-password -- <username>`: gives somebody a generated password, which it prints once, and ends their sessions; replicas of the gateway
 * that know one believe it for five seconds more. Needs the database and nothing else: reads KLEVR_DATABASE_URL. Ends with 1 where there is no such user.
 */
const [username, ...others] = process.argv.slice(2);
if (username === undefined || others.length > 0) {
  process.stderr.write('usage: npm run admin:reset-password -- <username>\n');
  process.exit(2);
}
const { databaseUrl, databaseCaFile } = loadConfig(
  z.object({ databaseUrl: commonConfig.databaseUrl, databaseCaFile: commonConfig.databaseCaFile }),
  { argv: [] },
);
const dataSource = createDataSource({ url: databaseUrl, caFile: databaseCaFile, entities: [], migrations: [], migrationsTable: 'none' });
try {
  await dataSource.initialize();
  const passwords = new PasswordsService(new PasswordHasher());
  const recovery = new PasswordRecovery(new UsersStore(dataSource), new UserChangesStore(dataSource), passwords, new SystemClock());
  const password = await recovery.reset(username);
  if (password === undefined) {
    process.stderr.write(`There is no user ${username}.\n`);
    process.exitCode = 1;
  } else process.stdout.write(`${password}\n`);
} catch (error) {
  process.stderr.write(`Not done: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  if (dataSource.isInitialized) await dataSource.destroy();
}
