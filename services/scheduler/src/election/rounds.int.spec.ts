import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PrimariesBucket } from '@klevr/messaging/primaries-bucket';
import { Schedulers } from '../scheduler.fixture.js';
import type { TestAgent } from '../test-agent.fixture.js';

const rounds = 60;

let schedulers: Schedulers;
beforeAll(async () => {
  schedulers = await Schedulers.open(2);
}, 60_000);
afterAll(() => schedulers.close(), 90_000);

it(`never has two agents that took up one epoch, in ${rounds} rounds of cuts, restarts, hand-overs and lost keys`, async () => {
  const zone = await schedulers.zone();
  const agents: TestAgent[] = [];
  for (let index = 0; index < 3; index++) agents.push(await schedulers.agent(zone));
  for (const agent of agents) await sayHello(agent);
  const bucket = new PrimariesBucket(await schedulers.bed.serviceBus('scheduler'));
  let epoch = 0;
  for (let round = 0; round < rounds; round++) {
    const now = await schedulers.primary(zone, (_agentId, found) => found > epoch);
    epoch = now.epoch;
    const holder = agents.find(({ agentId }) => agentId === now.agentId);
    const chance = Math.random();
    if (chance < 0.4) {
      await holder?.restart();
      await pause();
      if (holder) await sayHello(holder);
    } else if (chance < 0.7) {
      // Two things at once, as late as chance has it.
      const others = agents.filter((agent) => agent !== holder);
      const back = Promise.all(others.map((agent) => pause().then(() => sayHello(agent))));
      await schedulers.rpc('handOver', { actor: { userId: 'usr_test', username: 'test' }, zone }).catch(() => undefined);
      await back;
    } else {
      const read = await bucket.read(zone);
      await pause();
      if (read.outcome === 'found') await bucket.remove(zone, read.revision);
    }
    const found = await bucket.read(zone);
    // Nothing came of it, as a stamp or another settlement was faster: there is no new epoch to wait for.
    if (found.outcome === 'found' && found.key.epoch === epoch) epoch--;
  }
  const takers = new Map<number, string>();
  for (const { agentId, epochs } of agents) {
    for (const taken of epochs) {
      expect([taken, takers.get(taken) ?? agentId]).toEqual([taken, agentId]);
      takers.set(taken, agentId);
    }
  }
  expect(takers.size).toBeGreaterThan(rounds / 2);
}, 180_000);

/** As an agent does: an answer that does not come in time is asked for again. */
const sayHello = (agent: TestAgent): Promise<unknown> => agent.hello().catch(() => agent.hello());

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
