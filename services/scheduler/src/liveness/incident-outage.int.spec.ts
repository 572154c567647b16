import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@klevr/testing/eventually';
import { DatabaseOutage } from '../database-outage.fixture.js';
import type { Schedulers } from '../scheduler.fixture.js';

describe('an outage of MariaDB', () => {
  let outage: DatabaseOutage;
  let schedulers: Schedulers;
  beforeAll(async () => {
    outage = await DatabaseOutage.open();
    schedulers = outage.schedulers;
  }, 120_000);
  afterAll(() => outage.close(), 60_000);

  it('opens an incident of the fleet, stores the suspicion of its time, and ends it when the others are there', async () => {
    const zone = await schedulers.zone({ lostAfterSeconds: 1 });
    const agents = [];
    for (let index = 0; index < 6; index++) agents.push(await schedulers.agent(zone));
    for (const agent of agents) await agent.hello();
    await schedulers.primary(zone, () => true);
    await outage.begin();
    const gone = agents[5];
    await gone?.kill();
    // Longer than the grace, and long enough to count as an outage.
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    await outage.end();
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
