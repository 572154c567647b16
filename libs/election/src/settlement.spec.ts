import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ElectionSimulation } from './election-simulation.fixture.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

const faults = fc.array(
  fc.record({
    pauseMs: fc.oneof(fc.nat(20), fc.nat(500), fc.nat(5_000)),
    who: fc.nat(5),
    what: fc.constantFrom('start', 'kill', 'blip', 'freeze', 'thaw', 'goodbye', 'handOver', 'deleteKey', 'purge', 'killReplica'),
  }),
  { maxLength: 25 },
);
type Fault = typeof faults extends fc.Arbitrary<(infer F)[]> ? F : never;

const strike = (simulation: ElectionSimulation, { who, what }: Fault): void => {
  if (what === 'start') simulation.startAgent(who);
  else if (what === 'kill') simulation.killAgent(who);
  else if (what === 'blip') simulation.blip(who);
  else if (what === 'freeze') simulation.freeze(who, true);
  else if (what === 'thaw') simulation.freeze(who, false);
  else if (what === 'goodbye') simulation.goodbye(who);
  else if (what === 'handOver') simulation.handOver();
  else if (what === 'deleteKey') simulation.deleteKey();
  else if (what === 'purge') simulation.register.purge();
  else simulation.killReplica(who);
};

/** No epoch has two holders, and nobody was told to be primary of an epoch that named another. */
const expectSafe = (simulation: ElectionSimulation): void => {
  const holders = new Map<number, string>();
  for (const { epoch, agentId, session } of simulation.takenUp) {
    const holder = `${agentId} ${session}`;
    expect(holders.get(epoch) ?? holder).toBe(holder);
    holders.set(epoch, holder);
    expect(simulation.register.history.get(epoch)).toMatchObject({ agentId, session, epoch: null });
  }
  expect(simulation.faults).toEqual([]);
};

describe('settlement', () => {
  it('has one winner and few writes when three replicas settle one zone at once', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4 }), (seed, agents) => {
        const simulation = new ElectionSimulation({ seed, replicas: 3, agents });
        for (let index = 0; index < agents; index++) simulation.startAgent(index);
        simulation.time.run(900);
        expectSafe(simulation);
        expect(simulation.livingPrimary()).toBeDefined();
        // One appointment and its ready; a stamp may follow.
        expect(simulation.register.writes).toBeLessThanOrEqual(3);
        const first = simulation.agents.findIndex((agent) => agent === simulation.livingPrimary());
        const before = simulation.register.writes;
        simulation.killAgent(first);
        simulation.time.run(900);
        expectSafe(simulation);
        expect(simulation.livingPrimary() !== undefined).toBe(agents > 1);
        expect(simulation.register.writes - before).toBeLessThanOrEqual(4);
      }),
      { numRuns: 300 },
    );
  });

  it('never has two holders of one epoch, and ends with a primary, whatever happens in between', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), faults, (seed, replicas, agents, plan) => {
        const simulation = new ElectionSimulation({ seed, replicas, agents, lostAnswers: 10, readyMs: 400 });
        for (const fault of plan) {
          strike(simulation, fault);
          simulation.time.run(fault.pauseMs);
        }
        for (let index = 0; index < agents; index++) {
          simulation.freeze(index, false);
          simulation.startAgent(index);
        }
        simulation.time.run(120_000);
        expectSafe(simulation);
        expect(simulation.livingPrimary()).toBeDefined();
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
