import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PrimaryInfo } from '@klevr/contracts/zone';
import { NoResponderError } from '@klevr/messaging/bus-errors';
import { CommandForge } from './command-forge.fixture.js';
import { KeyWatch } from './key-watch.fixture.js';
import { type Direction, SeparateNetwork } from './separate-network.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

const obstacle = await SeparateNetwork.obstacle();
const far = 'agent-far';
/** Beats are missed for 2 s, and a question is not answered for 1 s. */
const foundWithinMs = 5_000;

(obstacle === undefined ? describe : describe.skip)(
  `a primary that the network cuts off${obstacle ? ` (skipped: ${obstacle})` : ''}`,
  () => {
    let open: SystemBed;
    let network: SeparateNetwork;
    let forge: CommandForge;
    let keys: KeyWatch;

    beforeAll(async () => {
      open = await openSystemBed({ agents: 2 });
      const { system, bed } = open;
      const ports = [system.natsUrl, system.api.origin].map((url) => Number(new URL(url).port));
      network = await SeparateNetwork.make(ports);
      await system.addAgent(far, system.zone, network.prefix);
      await system.settled(3);
      const bus = await bed.serviceBus('task-manager');
      forge = await CommandForge.open(bus, system);
      keys = new KeyWatch(bus, forge.zoneId);
      await bus.flush();
    }, 120_000);
    afterAll(async () => {
      await open?.close();
      await network?.close();
    }, 60_000);

    const cuts: [string, Direction[]][] = [
      ['both ways', ['in', 'out']],
      ['on its way out', ['out']],
    ];

    it.each(cuts)(
      '%s is followed by the next within 5 s, though no connection ended, and is a secondary when it is back',
      async (_how, directions) => {
        const { system } = open;
        const farId = await system.agentId(far);
        const path = `/zones/${system.zone}/primary/handover`;
        const before = await system.api.post<PrimaryInfo>(path, { agentId: farId });
        expect(await forge.ping(before.epoch, farId)).toBe(farId);
        const cutAtMs = performance.now();
        await network.cut(directions);
        const next = await keys.readyAbove(before.epoch, 2 * foundWithinMs);
        expect(performance.now() - cutAtMs).toBeLessThan(foundWithinMs);
        expect(next.key.agentId).not.toBe(farId);
        expect(await forge.ping(next.epoch, next.key.agentId)).toBe(next.key.agentId);
        await network.heal(directions);
        // It answers over the same or another connection, and nobody serves its old epoch any more.
        await system.settled(3);
        await forge.probe(farId, 10_000);
        await expect(forge.ping(before.epoch, farId)).rejects.toThrow(NoResponderError);
        expect(await system.api.primary(system.zone)).toMatchObject({ agentId: next.key.agentId, epoch: next.epoch });
        for (const [epoch, holders] of keys.holders) expect({ epoch, holders: holders.size }).toEqual({ epoch, holders: 1 });
      },
      60_000,
    );
  },
);
