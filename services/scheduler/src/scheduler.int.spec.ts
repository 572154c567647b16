import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers, hostFacts } from './scheduler.fixture.js';

const actor = { userId: 'usr_test', username: 'test' };

describe('two scheduler replicas', () => {
  let schedulers: Schedulers;
  beforeAll(async () => {
    schedulers = await Schedulers.open(2);
  }, 60_000);
  afterAll(() => schedulers.close(), 30_000);

  it('appoint the first agent that stands, and the next one when its connection is cut', async () => {
    const zone = await schedulers.zone();
    const [first, second] = [await schedulers.agent(zone), await schedulers.agent(zone)];
    await first.hello();
    const before = await schedulers.primary(zone, (agentId) => agentId === first.agentId);
    await second.hello();
    await first.kill();
    const after = await schedulers.primary(zone, (agentId) => agentId === second.agentId);
    expect(after.epoch).toBeGreaterThan(before.epoch);
    expect(second.epochs).toEqual([after.epoch]);
    const terms = await eventually('both terms', 5_000, async () => {
      const { items } = await schedulers.rpc('listTerms', { zone });
      return items[0]?.readyAt != null ? items : undefined;
    });
    expect(terms).toMatchObject([
      { agentId: second.agentId, cause: 'disconnected', to: null, gapMs: expect.any(Number) },
      { agentId: first.agentId, cause: 'firstCandidate', endCause: 'disconnected' },
    ]);
  }, 20_000);
});
void AppError;
void hostFacts;
void actor;
