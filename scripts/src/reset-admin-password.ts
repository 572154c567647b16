import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { klevrHome, workspaceRoot } from '@klevr/launcher/klevr-home';
import { keptMariadbUrl } from '@klevr/launcher/private-mariadb';

/**
 * npm run admin:reset-password -- <username> — for who has lost the password of the last admin: prints a generated one, once. The database is the one that
 * KLEVR_DATABASE_URL names, else that of `npm start`, which has to run.
 */
const program = join(workspaceRoot, 'services', 'gateway', 'dist', 'reset-password', 'main.js');
const isGiven = Boolean(process.env['KLEVR_DATABASE_URL'] ?? process.env['KLEVR_DATABASE_URL_FILE']);
const own = isGiven ? undefined : await keptMariadbUrl(join(klevrHome(process.env), 'mariadb')).catch(() => undefined);
const env = own === undefined ? process.env : { ...process.env, KLEVR_DATABASE_URL: own };
process.exitCode = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit', env }).status ?? 1;
