import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createDataSource } from '@klevr/persistence/data-source';
import { commonConfig, loadConfig, secret } from '@klevr/platform/config';
import { z } from 'zod';
import { AuditEntriesStore } from '../audit-entries.store.js';
import { AuditKeys, type SignedPlace } from '../audit-keys.js';
import type { ChainFault, Verified } from './chain-check.js';
import { checkDatabase } from './database-check.service.js';
import { checkExport } from './export-check.js';
import { badSignature, headsIn } from './signed-heads.js';

/**
 * `npm run audit:verify`: walks the audit trail in the database, or an export of it, and says where it is not what was written. Ends with 0 if it is whole, with 1
 * at a fault, with 2 where it could not be checked.
 */
const usage = `npm run audit:verify -- [--database URL] [--export FILE] [--head FILE]… [--keys FILE]
  --database  address of the database; KLEVR_DATABASE_URL if not given
  --export    a file that GET /audit/export has answered, instead of a database
  --head      a file that GET /audit/head has answered (or several, one a line): the trail must still have it
  --keys      a file that GET /audit/keys has answered; KLEVR_AUDIT_KEY_FILE if not given
`;

async function verify(): Promise<ChainFault | Verified> {
  const { values } = parseArgs({
    options: {
      database: { type: 'string' },
      export: { type: 'string' },
      head: { type: 'string', multiple: true },
      keys: { type: 'string' },
    },
  });
  const { databaseUrl, databaseCaFile } = commonConfig;
  const config = loadConfig(z.object({ databaseUrl: databaseUrl.optional(), databaseCaFile, auditKey: secret(z.string().optional()) }), {
    argv: [],
  });
  const keysText = values.keys === undefined ? config.auditKey : readFileSync(values.keys, 'utf8');
  const keys = keysText === undefined ? undefined : new AuditKeys(keysText);
  const heads: SignedPlace[] = (values.head ?? []).flatMap((path) => headsIn(readFileSync(path, 'utf8')));
  const forged = badSignature(keys, 'klevr-audit-head', heads);
  if (forged !== undefined) return forged;
  if (values.export !== undefined) return checkExport(createInterface({ input: createReadStream(values.export) }), keys, heads);
  const url = values.database ?? config.databaseUrl;
  if (url === undefined) throw new TypeError('neither a database nor an export is named');
  const dataSource = createDataSource({ url, caFile: config.databaseCaFile, entities: [], migrations: [], migrationsTable: 'none' });
  try {
    await dataSource.initialize();
    return await checkDatabase(new AuditEntriesStore(dataSource), keys, heads);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

try {
  const result = await verify();
  if ('message' in result) {
    process.stderr.write(`The audit trail is NOT whole. First fault at ${result.seq}: ${result.message}\n`);
    process.exitCode = 1;
  } else {
    const { entries, first, last, heads } = result;
    const older = heads.tooOld > 0 ? `, ${heads.tooOld} are older than it` : '';
    process.stdout.write(`The audit trail is whole: ${entries} entries from ${first} on, the last is ${last.seq} (${last.hash})\n`);
    process.stdout.write(`${heads.matching} of the heads that were given lie on it${older}\n`);
  }
} catch (error) {
  process.stderr.write(`Not checked: ${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 2;
}
