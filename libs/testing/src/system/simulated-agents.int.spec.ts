import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { makeSimulatedZones, type SimulatedZone } from '../simulated-zones.js';
import { SimulatorProcess } from '../simulator-process.js';
import { openSystemBed, type SystemBed } from './system-bed.fixture.js';

let opened: SystemBed;
let zones: SimulatedZone[];
let simulator: SimulatorProcess;
const agents = 5;

beforeAll(async () => {
  opened = await openSystemBed({ agents: 0 });
  const { system, bed } = opened;
  const settings = { heartbeatSeconds: 0.5, lostAfterSeconds: 60 };
  zones = await makeSimulatedZones(system.api, {
    name: `${system.zone}-sim`,
    zones: 2,
    settings,
    tokens: [{ labels: { kind: 'simulated' }, maxUses: agents }],
  });
  simulator = SimulatorProcess.start({ logFile: join(bed.folder, 'log', 'simulator.log') });
  const shares = zones.map(({ joinTokens }) => ({ joinToken: joinTokens[0] ?? '', agents }));
  simulator.join({ serverUrl: system.api.origin, zones: shares, atOnce: 4, name: 'simulated' });
}, 60_000);

afterAll(async () => {
  simulator?.kill();
  await opened?.close();
}, 30_000);

const statuses = async (zone: SimulatedZone): Promise<string[]> => (await opened.system.api.agents(zone.id)).map(({ status }) => status);

describe('simulated agents on real services', () => {
  it('come online, each with an identity of its own, and one of each zone is its primary', async () => {
    await simulator.countsAre(
      'all online, a primary in each zone',
      40_000,
      ({ online, primaries }) => online === 2 * agents && primaries === 2,
    );
    for (const zone of zones) {
      const found = await opened.system.api.agents(zone.id);
      expect(found.map(({ status, labels }) => ({ status, kind: labels['kind'] }))).toEqual(
        Array(agents).fill({ status: 'online', kind: 'simulated' }),
      );
      expect(new Set(found.map(({ facts }) => facts.machineId)).size).toBe(agents);
      expect(found.map(({ id }) => id)).toContain((await opened.system.api.primary(zone.id))?.agentId);
    }
  }, 60_000);

  it('answer tasks as agents do, without doing them', async () => {
    const steps = [{ name: 'never run', run: 'exit 1' }];
    const task = await opened.system.api.createTask({ name: 'simulated', zone: zones[0]?.id, target: { all: 'kind=simulated' }, steps });
    expect((await opened.system.api.taskEnd(task.id)).status).toBe('succeeded');
    expect((await opened.system.api.runs(task.id)).map(({ status, steps: [step] }) => [status, step?.outcome])).toEqual(
      Array(agents).fill(['succeeded', 'succeeded']),
    );
  }, 60_000);

  it('are found out when one is cut off or falls silent', async () => {
    const gone = [...(await simulator.take('cut', 1)), ...(await simulator.take('silence', 1))].map(({ agentId }) => agentId);
    expect(gone).toHaveLength(2);
    await eventually('both suspect', 20_000, async () => {
      const found = (await Promise.all(zones.map(statuses))).flat();
      return found.filter((status) => status === 'suspect').length === 2 || undefined;
    });
  }, 40_000);

  it('say goodbye at the end', async () => {
    await simulator.stop();
    const left = await eventually('all but the two have left', 10_000, async () => {
      const found = (await Promise.all(zones.map(statuses))).flat().filter((status) => status === 'left');
      return found.length >= 2 * agents - 2 ? found.length : undefined;
    });
    expect(left).toBe(2 * agents - 2);
  }, 40_000);
});
