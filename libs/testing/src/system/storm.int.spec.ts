import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrimaryKey, republishHeaders } from '@klevr/contracts/presence';
import { subjects } from '@klevr/contracts/subjects';
import { eventually } from '../eventually.js';
import { type SimulatedZone, makeSimulatedZones } from '../simulated-zones.js';
import { SimulatorProcess } from '../simulator-process.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

const zoneCount = 200;
const joinMs = 60_000;
const settleMs = 20_000;

/** Of one zone: who was ever named under which epoch, and the last epoch whose holder said that it is ready. */
interface Heard {
  readonly holders: Map<number, Set<string>>;
  ready: number;
}

describe(`${zoneCount} zones`, () => {
  let open: SystemBed;
  let zones: SimulatedZone[];
  let doomed: SimulatorProcess;
  let others: SimulatorProcess;
  const heard = new Map<string, Heard>();

  beforeAll(async () => {
    open = await openSystemBed({ agents: 0 });
    const { system, bed } = open;
    const bus = await bed.serviceBus('task-manager');
    bus.subscribe(subjects.primary.wildcard(), (message) => {
      if (message.bytes.length === 0) return;
      const zone = subjects.primary.parse(message.subject)?.zone ?? '';
      const { agentId, session, epoch } = PrimaryKey.parse(message.json());
      const known = heard.get(zone) ?? { holders: new Map<number, Set<string>>(), ready: 0 };
      heard.set(zone, known);
      const named = epoch ?? Number(message.header(republishHeaders.sequence));
      known.holders.set(named, (known.holders.get(named) ?? new Set()).add(`${agentId} ${session}`));
      if (epoch !== null) known.ready = Math.max(known.ready, epoch);
    });
    await bus.flush();
    const tokens = [
      { labels: { primary: 'prefer' }, maxUses: 1 },
      { labels: {}, maxUses: 1 },
    ];
    zones = await makeSimulatedZones(system.api, { name: `${system.zone}-storm`, zones: zoneCount, settings: {}, tokens });
    const start = (name: string, token: number): SimulatorProcess => {
      const simulator = SimulatorProcess.start({ logFile: join(bed.folder, 'log', `${name}.log`) });
      const shares = zones.map(({ joinTokens }) => ({ joinToken: joinTokens[token] ?? '', agents: 1 }));
      simulator.join({ serverUrl: system.api.origin, zones: shares, atOnce: 8, name });
      return simulator;
    };
    doomed = start('primaries', 0);
    await doomed.countsAre('a primary in each zone', joinMs, ({ primaries }) => primaries === zoneCount);
    others = start('others', 1);
    await others.countsAre('another agent in each zone', joinMs, ({ online }) => online === zoneCount);
  }, 180_000);
  afterAll(async () => {
    doomed?.kill();
    others?.kill();
    await open?.close();
  }, 60_000);

  it('that lose their primaries at once all have another, each epoch has one holder, and few keys are written', async () => {
    const before = new Map([...heard].map(([zone, { ready }]) => [zone, ready]));
    const writes = (): number => [...heard.values()].reduce((sum, { holders }) => sum + holders.size, 0);
    const appointed = writes();
    doomed.kill();
    await eventually('another primary in each zone', settleMs, () => {
      const settled = zones.filter(({ id }) => (heard.get(id)?.ready ?? 0) > (before.get(id) ?? 0));
      return settled.length === zoneCount ? true : undefined;
    });
    await others.countsAre('all of them primaries', settleMs, ({ primaries }) => primaries === zoneCount);
    for (const [zone, { holders }] of heard) {
      for (const [epoch, named] of holders) expect({ zone, epoch, holders: named.size }).toEqual({ zone, epoch, holders: 1 });
      expect([...holders.keys()]).toEqual([...holders.keys()].toSorted((a, b) => a - b));
    }
    // One appointment a zone, and now and then one in vain.
    expect(writes() - appointed).toBeLessThan(1.5 * zoneCount);
  }, 60_000);
});
