/**
 * Checks a MariaDB that somebody else runs: reachable, right password, new enough, and the database may be changed by its user.
 * Does not change anything in it.
 */
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { CONNECT_TIMEOUT_MS, parseServerUrl, unreachable } from './external-url.js';
import { ServerProblemError } from './server-problem.error.js';
import { isAtLeast, MIN_VERSIONS, versionIn } from './server-version.js';
import { errorCode } from './system-error.js';

const VARIABLE = 'KLEVR_DATABASE_URL';
const REFUSALS: Record<string, string> = {
  ER_ACCESS_DENIED_ERROR: 'refuses the user or the password',
  ER_DBACCESS_DENIED_ERROR: 'lets this user into no such database',
  ER_BAD_DB_ERROR: 'has no such database',
};

interface VersionRow extends RowDataPacket {
  version: string;
  name: string | null;
}

export async function checkExternalMariadb(url: string): Promise<void> {
  const address = parseServerUrl({ server: 'mariadb', variable: VARIABLE, url, protocols: ['mysql:', 'mariadb:'], defaultPort: 3306 });
  const connection = await createConnection({ uri: url, connectTimeout: CONNECT_TIMEOUT_MS }).catch((error: unknown) => {
    const refusal = REFUSALS[errorCode(error) ?? ''];
    if (refusal === undefined) throw unreachable('mariadb', VARIABLE, address, error);
    throw new ServerProblemError('mariadb', `${address.shown} ${refusal}.`, `Correct ${VARIABLE}.`, { cause: error });
  });
  try {
    await checkVersion(connection, address.shown);
  } finally {
    connection.destroy();
  }
}

async function checkVersion(connection: Connection, shown: string): Promise<void> {
  const [rows] = await connection.query<VersionRow[]>('SELECT VERSION() AS version, DATABASE() AS name');
  const row = rows[0];
  const said = row?.version ?? '';
  const version = versionIn(said) ?? '0';
  const cure = `Give a MariaDB ${MIN_VERSIONS.mariadb} or newer.`;
  if (!/mariadb/i.test(said)) throw new ServerProblemError('mariadb', `${shown} is no MariaDB (${said}).`, cure);
  if (!isAtLeast(version, MIN_VERSIONS.mariadb)) {
    throw new ServerProblemError('mariadb', `${shown} runs ${version}, which is too old.`, cure);
  }
  if (row?.name === null)
    throw new ServerProblemError('mariadb', `${VARIABLE} names no database.`, `Add its name: mysql://…@${shown}/klevr`);
}
