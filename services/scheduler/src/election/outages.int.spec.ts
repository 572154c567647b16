import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startMariadb, type PrivateMariadb } from '@klevr/launcher/private-mariadb';
import { findServers } from '@klevr/launcher/server-binaries';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers } from '../scheduler.fixture.js';

describe('while MariaDB is away', () => {
  let folder: string;
  let mariadb: PrivateMariadb;
  let schedulers: Schedulers;
  const start = async (): Promise<PrivateMariadb> => {
    const { mariadb: programs } = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress: () => undefined });
    return startMariadb({ programs, dir: folder });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-outage-'));
    mariadb = await start();
    schedulers = await Schedulers.open(2, { databaseUrl: mariadb.url });
  }, 120_000);
  afterAll(async () => {
    await schedulers.close();
    await mariadb.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it('appointments go on, sessions that stand keep standing, and terms are recorded later', async () => {
    const zone = await schedulers.zone();
    const agents = [await schedulers.agent(zone), await schedulers.agent(zone)] as const;
    for (const agent of agents) await agent.hello();
    const before = await schedulers.primary(zone, () => true);
    const [first, second] = agents[0].agentId === before.agentId ? agents : [agents[1], agents[0]];
    await mariadb.stop();
    const kept = await eventually('a hello that is answered from memory', 10_000, () => second.hello());
    expect(kept).toMatchObject({ session: second.session, verdicts: null, primary: { agentId: first.agentId, epoch: before.epoch } });
    await first.kill();
    const epoch = await eventually('the next term', 10_000, () => second.epochs.at(-1));
    expect(epoch).toBeGreaterThan(before.epoch);
    await expect(schedulers.rpc('getPrimary', { zone })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    mariadb = await start();
    const terms = await eventually('both terms', 20_000, async () => {
      const { items } = await schedulers.rpc('listTerms', { zone });
      return typeof items[0]?.gapMs === 'number' ? items : undefined;
    });
    expect(terms[0]).toMatchObject({ agentId: second.agentId, epoch, to: null });
    expect(terms[1]).toMatchObject({ agentId: first.agentId, epoch: before.epoch, endCause: 'disconnected' });
  }, 60_000);
});
