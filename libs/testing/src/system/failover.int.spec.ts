import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PrimaryInfo } from '@klevr/contracts/zone';
import { NoResponderError } from '@klevr/messaging/bus-errors';
import { eventually } from '../eventually.js';
import { CommandForge } from './command-forge.fixture.js';
import { expectEachEndedOnce } from './ended-once.fixture.js';
import { KeyWatch } from './key-watch.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';
import { TaskLoad } from './task-load.fixture.js';
import { Witness } from './witness.fixture.js';

const handOvers = 20;
const schedulersAwayMs = 10_000;

describe('the primary of a zone', () => {
  let open: SystemBed;
  let forge: CommandForge;
  let keys: KeyWatch;
  let agentIds: string[];

  beforeAll(async () => {
    open = await openSystemBed();
    const bus = await open.bed.serviceBus('task-manager');
    forge = await CommandForge.open(bus, open.system);
    keys = new KeyWatch(bus, forge.zoneId);
    await bus.flush();
    agentIds = (await open.system.api.agents(open.system.zone)).map(({ id }) => id);
  }, 90_000);
  afterAll(() => open.close(), 90_000);

  const primary = async (): Promise<PrimaryInfo> => {
    const found = await open.system.api.primary(open.system.zone);
    if (found === null) throw new Error('the zone has no primary');
    return found;
  };

  const expectOneHolderEach = (): void => {
    for (const [epoch, holders] of keys.holders) expect({ epoch, holders: holders.size }).toEqual({ epoch, holders: 1 });
    expect([...keys.holders.keys()]).toEqual([...keys.holders.keys()].toSorted((a, b) => a - b));
  };

  it('killed with kill -9 is followed by another under a higher epoch, and comes back as a secondary', async () => {
    const { system } = open;
    const before = await primary();
    const name = await system.nameOf(before.agentId);
    await system.signal(name, 'SIGKILL');
    const next = await keys.readyAbove(before.epoch, 5_000);
    expect(next.key.agentId).not.toBe(before.agentId);
    expect(await forge.ping(next.epoch, next.key.agentId)).toBe(next.key.agentId);
    await system.startAgain(name);
    await system.settled();
    expect(await primary()).toMatchObject({ agentId: next.key.agentId, epoch: next.epoch });
    await expect(forge.ping(before.epoch, before.agentId)).rejects.toThrow(NoResponderError);
    expectOneHolderEach();
  }, 60_000);

  it('goes on under its epoch while every scheduler is dead, and after they are back', async () => {
    const { system } = open;
    await system.settled();
    const before = await primary();
    const schedulers = system.names().filter((name) => name.startsWith('scheduler-'));
    await Promise.all(schedulers.map((name) => system.signal(name, 'SIGKILL')));
    const until = performance.now() + schedulersAwayMs;
    let answers = 0;
    while (performance.now() < until) {
      expect(await forge.ping(before.epoch, before.agentId)).toBe(before.agentId);
      answers++;
      await pause(250);
    }
    expect(answers).toBeGreaterThan(10);
    await Promise.all(schedulers.map((name) => system.startAgain(name)));
    await system.settled();
    // A stamp that the new schedulers took says that they, too, know it for the primary.
    const later = await eventually('a stamp that is newer than the death of the schedulers', 15_000, async () => {
      const found = await primary();
      return found.stamp > before.stamp + schedulersAwayMs / 1_000 ? found : undefined;
    });
    expect(later).toMatchObject({ agentId: before.agentId, epoch: before.epoch });
    expectOneHolderEach();
  }, 60_000);

  it(`hands over ${handOvers} times while tasks flow: each time to the one that is named, and no task fails or runs twice`, async () => {
    const { system, bed } = open;
    await system.settled();
    const witness = new Witness(join(bed.folder, 'witness-hand-over'));
    const load = TaskLoad.start(system.api, {
      tasks: 200,
      zone: system.zone,
      name: 'hand-over',
      task: (index) => ({
        target: { agent: agentIds[index % agentIds.length] },
        steps: [{ name: 'witnessed', run: witness.script() }],
      }),
    });
    let known = await primary();
    for (let round = 1; round <= handOvers; round++) {
      const successor = agentIds.filter((id) => id !== known.agentId)[round % (agentIds.length - 1)];
      const next = await system.api.post<PrimaryInfo>(`/zones/${system.zone}/primary/handover`, { agentId: successor });
      expect(next.agentId).toBe(successor);
      expect(next.epoch).toBeGreaterThan(known.epoch);
      known = next;
    }
    const ended = await load.ends(45_000);
    expect(ended).toHaveLength(200);
    await expectEachEndedOnce(ended, { witness, mayBeLost: () => false });
    // An attempt that was signed under the epoch before may meet an agent that knows better: it is refused unstarted, and signed anew.
    const before = ended.flatMap(({ runs }) => runs.flatMap(({ attempts }) => attempts.slice(0, -1)));
    expect(before.filter(({ startedAt, acceptedAt }) => startedAt !== null || acceptedAt !== null)).toEqual([]);
    expectOneHolderEach();
  }, 90_000);
});
