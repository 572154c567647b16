import type { RunningServers } from '@klevr/testing/shared-servers';
import { makeSimulatedZones } from '@klevr/testing/simulated-zones';
import type { SimulatorProcess } from '@klevr/testing/simulator-process';
import { measureDetection } from './detection.js';
import { printFigure } from './figures.js';
import { meter, serversOf } from './process-meter.js';
import { SimulatedSystem } from './simulated-system.js';

/**
 * What many agents cost the centre while nothing happens: processor time and memory of each process of it over a time, then how soon the loss of single agents is
 * known. The agents share the machine with the centre; what they cost themselves is told apart.
 */
export interface FleetOptions {
  readonly zones: number;
  readonly agents: number;
  readonly heartbeatSeconds: number;
  readonly seconds: number;
  readonly processes: number;
  /** How many agents are lost, by each way. */
  readonly cut: number;
  readonly silent: number;
}

const joinMs = 1_800_000;

export const measureFleet = async (servers: RunningServers, options: FleetOptions, say: (line: string) => void): Promise<void> => {
  const simulated = await SimulatedSystem.start(servers, say);
  try {
    const { zones: zoneCount, agents, heartbeatSeconds, processes } = options;
    const perProcess = Math.floor(agents / processes);
    const zones = await makeSimulatedZones(simulated.system.api, {
      name: `fleet-${Date.now().toString(36)}`,
      zones: zoneCount,
      settings: { heartbeatSeconds, lostAfterSeconds: 600 },
      tokens: [{ labels: {}, maxUses: agents }],
    });
    const tokens = zones.map(({ joinTokens }) => joinTokens[0] ?? '');
    const startedAt = performance.now();
    const simulators: SimulatorProcess[] = [];
    for (let number = 1; number <= processes; number += 1) {
      simulators.push(await simulated.join(`fleet-${number}`, tokens, perProcess, joinMs));
    }
    const total = zoneCount * perProcess * processes;
    const settings = { ...options, agentsInAll: total, schedulers: 2, natsSync: 'always' };
    const seconds = (performance.now() - startedAt) / 1000;
    printFigure(
      'joining: enrolment, connection and hello',
      { agents: total, seconds, perSecond: total / seconds },
      { ...settings, atOnce: 32 },
    );
    // Roll-ups and terms have come to rest, and every agent has beaten a few times.
    await new Promise((resolve) => setTimeout(resolve, 3 * heartbeatSeconds * 1000));
    await measureRest(simulated, simulators, servers.folder, options, settings);
    await measureDetection(simulated.system, simulators, options, settings);
  } finally {
    await simulated.stop();
  }
};

const measureRest = async (
  simulated: SimulatedSystem,
  simulators: readonly SimulatorProcess[],
  folder: string,
  { seconds }: FleetOptions,
  settings: Record<string, unknown>,
): Promise<void> => {
  const services = simulated.services();
  const pids = new Map([
    ...services,
    ...(await serversOf(folder)),
    ...simulators.map(({ pid }, index) => [`simulator-${index + 1}`, pid] as const),
  ]);
  const read = await meter(pids);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const used = await read();
  const online = simulators.reduce((sum, { counts }) => sum + (counts?.online ?? 0), 0);
  const coresOf = (names: Iterable<string>): number => [...names].reduce((sum, name) => sum + (used.get(name)?.cores ?? 0), 0);
  const centre = [...used.keys()].filter((name) => !name.startsWith('simulator-'));
  const sums = { online, servicesCores: coresOf(services.keys()), centreCores: coresOf(centre) };
  printFigure('a fleet at rest: the centre (services, NATS, MariaDB, Redis)', sums, { ...settings, aimCores: 1 });
  for (const [name, { cores, rssMiB }] of used) printFigure(`a fleet at rest: ${name}`, { cores, rssMiB }, settings);
};
