import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startMariadb, type PrivateMariadb } from '@klevr/launcher/private-mariadb';
import { findServers } from '@klevr/launcher/server-binaries';
import { Schedulers } from './scheduler.fixture.js';

/** Two scheduler replicas on a MariaDB of their own, which can be away without disturbing other tests. */
export class DatabaseOutage {
  private constructor(
    private readonly folder: string,
    private mariadb: PrivateMariadb,
    readonly schedulers: Schedulers,
  ) {}

  static async open(): Promise<DatabaseOutage> {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-outage-'));
    const mariadb = await started(folder);
    return new DatabaseOutage(folder, mariadb, await Schedulers.open(2, { databaseUrl: mariadb.url }));
  }

  begin(): Promise<void> {
    return this.mariadb.stop();
  }

  async end(): Promise<void> {
    this.mariadb = await started(this.folder);
  }

  async close(): Promise<void> {
    await this.schedulers.close();
    await this.mariadb.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const started = async (dir: string): Promise<PrivateMariadb> => {
  const { mariadb: programs } = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress: () => undefined });
  return startMariadb({ programs, dir });
};
