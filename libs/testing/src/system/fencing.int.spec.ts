import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Bus } from '@klevr/messaging/bus';
import { RequestTimeoutError } from '@klevr/messaging/bus-errors';
import { eventually } from '../eventually.js';
import { connectAdministrator, cutConnection } from './administrator.fixture.js';
import { CommandForge } from './command-forge.fixture.js';
import { type Held, KeyWatch } from './key-watch.fixture.js';
import type { RawNats } from './raw-nats.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';
import { Witness } from './witness.fixture.js';

const rounds = 200;

describe('fencing of primaries', () => {
  let open: SystemBed;
  let bus: Bus;
  let forge: CommandForge;
  let keys: KeyWatch;
  let server: RawNats;
  let agentIds: string[];

  beforeAll(async () => {
    open = await openSystemBed();
    const { bed, system } = open;
    bus = await bed.serviceBus('task-manager');
    forge = await CommandForge.open(bus, system);
    keys = new KeyWatch(bus, forge.zoneId);
    await bus.flush();
    server = await connectAdministrator(bed.natsUrl, bed.natsIdentity, 'system');
    agentIds = (await system.api.agents(system.zone)).map(({ id }) => id);
  }, 90_000);
  afterAll(async () => {
    server.close();
    await open.close();
  }, 30_000);

  const witnessOf = (name: string): Witness => new Witness(join(open.bed.folder, `witness-${name}`));
  const nextReady = async (): Promise<Held> => {
    const { epoch } = (await open.system.api.primary(open.system.zone)) ?? { epoch: 0 };
    return keys.readyAbove(epoch - 1, 10_000);
  };
  const [frozen, thawed] = ['SIGSTOP', 'SIGCONT'] as const;

  /** Asks one agent by turns with the old and the new epoch, and answers what it took in that order. */
  const askByTurns = async (agentId: string, epochs: () => number[], until: Promise<unknown>): Promise<number[]> => {
    let over = false;
    void until.finally(() => (over = true));
    const taken: number[] = [];
    while (!over) {
      for (const epoch of epochs()) {
        if (await forge.wouldTake(agentId, epoch).catch(() => false)) taken.push(epoch);
      }
    }
    return taken;
  };

  let judged = 0;
  /** The holder is frozen or not, its connection is cut, and it wakes before or after somebody else has taken its place. */
  const depose = async (held: Held): Promise<Held> => {
    const name = await open.system.nameOf(held.key.agentId);
    if (held.key.conn === null) throw new Error('a ready key without its connection');
    const freezes = Math.random() < 0.6;
    if (freezes) await open.system.signal(name, frozen);
    let newest = held.epoch;
    const next = keys.afterCut(held, 10_000).then((found) => ((newest = found.epoch), found));
    const others = agentIds.filter((id) => id !== held.key.agentId);
    const asked = Promise.all(others.map((id) => askByTurns(id, () => [newest, held.epoch], next)));
    await cutConnection(server, held.key.conn);
    if (freezes) {
      await pause(Math.random() * 60);
      await open.system.signal(name, thawed);
    }
    for (const taken of await asked) {
      expect(taken).toEqual(taken.toSorted((a, b) => a - b));
      judged += taken.length;
    }
    return next;
  };

  it('never lets two candidates both hold an epoch that agents accept, in 200 rounds of pauses and cuts', async () => {
    let held = await nextReady();
    const witness = witnessOf('rounds');
    const away = new Set<string>();
    for (let round = 1; round <= rounds;) {
      const [old, oldId] = [held.epoch, held.key.agentId];
      held = await depose(held);
      // Where all others were away as well, the holder came back first and kept its epoch.
      if (held.epoch === old) continue;
      const others = agentIds.filter((id) => id !== oldId);
      // Who was cut off hears of the next epoch when it is back; from then on, as for everybody else, there is no way around it.
      away.add(oldId);
      for (const id of others.filter((other) => away.delete(other))) {
        await eventually(`${id} to know of epoch ${held.epoch}`, 10_000, async () => ((await forge.wouldTake(id, old)) ? undefined : true));
      }
      const stale = await Promise.all(
        others.map(async (id) => forge.toAgent(id, 'run', await forge.run(forge.claims(id, old, witness.script('stale'))))),
      );
      expect(stale.map(({ code }) => code)).toEqual(others.map(() => 'STALE_EPOCH'));
      const fresh = forge.claims(others[round % others.length] ?? '', held.epoch, witness.script(`round-${round}`));
      expect(await forge.toAgent(fresh.agentId, 'run', await forge.run(fresh))).toEqual({ outcome: 'accepted' });
      expect(await forge.ping(held.epoch, held.key.agentId)).toBe(held.key.agentId);
      round++;
    }
    const lines = await eventually('every round to be witnessed', 10_000, async () => {
      const seen = await witness.lines();
      return seen.length >= rounds ? seen : undefined;
    });
    expect(lines.toSorted()).toEqual(Array.from({ length: rounds }, (_, index) => `round-${index + 1}`).toSorted());
    expect(judged).toBeGreaterThan(rounds);
    for (const [epoch, holders] of keys.holders) expect({ epoch, holders: holders.size }).toEqual({ epoch, holders: 1 });
    expect([...keys.holders.keys()]).toEqual([...keys.holders.keys()].toSorted((a, b) => a - b));
  }, 90_000);

  it('refuses what a stale primary passes on when it thaws with deliveries in its socket', async () => {
    await open.system.settled();
    await forge.learnSessions();
    const old = await nextReady();
    const [staleId, others] = [old.key.agentId, agentIds.filter((id) => id !== old.key.agentId)];
    const witness = witnessOf('stale');
    const deliver = async (held: Held, to: string[], line: string): Promise<void> => {
      const items = to.map(async (agentId) => ({
        agentId,
        verb: 'run' as const,
        jws: await forge.run(forge.claims(agentId, held.epoch, witness.script(line))),
      }));
      await forge.deliver(held.epoch, held.key.agentId, await Promise.all(items), 500);
    };
    const name = await open.system.nameOf(staleId);
    await open.system.signal(name, frozen);
    await expect(deliver(old, others, 'before')).rejects.toThrow(RequestTimeoutError);
    const next = await keys.readyAbove(old.epoch, 10_000);
    await expect(deliver(old, agentIds, 'after')).rejects.toThrow(RequestTimeoutError);
    await open.system.signal(name, thawed);
    // Its answer comes behind everything that lay in its socket, and a command sent now comes behind everything that it passed on.
    await forge.probe(staleId, 5_000);
    await deliver(next, agentIds, 'fresh');
    const lines = await eventually('the fresh delivery on every agent', 10_000, async () => {
      const seen = await witness.lines();
      return seen.filter((line) => line === 'fresh').length === agentIds.length ? seen : undefined;
    });
    expect(lines).toEqual(agentIds.map(() => 'fresh'));
  }, 60_000);
});
