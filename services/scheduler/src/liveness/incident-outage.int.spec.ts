import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startMariadb, type PrivateMariadb } from '@klevr/launcher/private-mariadb';
import { findServers } from '@klevr/launcher/server-binaries';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers } from '../scheduler.fixture.js';

describe('an outage of MariaDB', () => {
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

  it('opens an incident of the fleet, stores the suspicion of its time, and ends it when the others are there', async () => {
    const zone = await schedulers.zone({ lostAfterSeconds: 1 });
    const agents = [];
    for (let index = 0; index < 6; index++) agents.push(await schedulers.agent(zone));
    for (const agent of agents) await agent.hello();
    await schedulers.primary(zone, () => true);
    await mariadb.stop();
    const gone = agents[5];
    await gone?.kill();
    // Longer than the grace, and long enough to count as an outage.
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    mariadb = await start();
    const open = await eventually('the incident', 20_000, async () => (await schedulers.rpc('listIncidents', { open: true })).items[0]);
    expect(open).toMatchObject({ zoneId: null, cause: 'databaseAway', gone: 6, of: 6 });
    const status = async () => (await schedulers.rpc('getAgent', { id: gone?.agentId ?? '' })).status;
    await eventually('the suspicion', 10_000, async () => ((await status()) === 'suspect' ? true : undefined));
    const closed = await eventually('its end', 30_000, async () => {
      expect((await schedulers.rpc('listIncidents', { open: true })).items.length === 0 || (await status()) !== 'lost').toBe(true);
      return (await schedulers.rpc('listIncidents', { open: false })).items[0];
    });
    expect(closed).toMatchObject({ id: open.id, closeCause: 'recovered' });
    await eventually('the loss', 20_000, async () => ((await status()) === 'lost' ? true : undefined));
    expect((await schedulers.rpc('getZone', { zone })).agents).toMatchObject({ online: 5, lost: 1 });
  }, 120_000);
});
