import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@klevr/testing/eventually';
import { DatabaseOutage } from '../database-outage.fixture.js';
import type { Schedulers } from '../scheduler.fixture.js';

describe('while MariaDB is away', () => {
  let outage: DatabaseOutage;
  let schedulers: Schedulers;
  beforeAll(async () => {
    outage = await DatabaseOutage.open();
    schedulers = outage.schedulers;
  }, 120_000);
  afterAll(() => outage.close(), 60_000);

  it('appointments go on, sessions that stand keep standing, and terms are recorded later', async () => {
    const zone = await schedulers.zone();
    const agents = [await schedulers.agent(zone), await schedulers.agent(zone)] as const;
    for (const agent of agents) await agent.hello();
    const before = await schedulers.primary(zone, () => true);
    const [first, second] = agents[0].agentId === before.agentId ? agents : [agents[1], agents[0]];
    await outage.begin();
    const kept = await eventually('a hello that is answered from memory', 10_000, () => second.hello());
    expect(kept).toMatchObject({ session: second.session, verdicts: null, primary: { agentId: first.agentId, epoch: before.epoch } });
    await first.kill();
    const epoch = await eventually('the next term', 10_000, () => second.epochs.at(-1));
    expect(epoch).toBeGreaterThan(before.epoch);
    await expect(schedulers.rpc('getPrimary', { zone })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await outage.end();
    const terms = await eventually('both terms', 20_000, async () => {
      const { items } = await schedulers.rpc('listTerms', { zone });
      return typeof items[0]?.gapMs === 'number' ? items : undefined;
    });
    expect(terms[0]).toMatchObject({ agentId: second.agentId, epoch, to: null });
    expect(terms[1]).toMatchObject({ agentId: first.agentId, epoch: before.epoch, endCause: 'disconnected' });
  }, 60_000);
});
