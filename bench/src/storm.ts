import { readFile } from 'node:fs/promises';
import { PrimaryKey } from '@klevr/contracts/presence';
import { subjects } from '@klevr/contracts/subjects';
import { Bus } from '@klevr/messaging/bus';
import type { KlevrSystem } from '@klevr/testing/klevr-system';
import type { RunningServers } from '@klevr/testing/shared-servers';
import { makeSimulatedZones } from '@klevr/testing/simulated-zones';
import { percentile, printFigure } from './figures.js';
import { meter, serversOf } from './process-meter.js';
import { SimulatedSystem } from './simulated-system.js';

/**
 * Every zone loses its primary at the same moment: the one process that holds them all is killed with SIGKILL. From that moment to each zone's next ready
 * primary, as it is heard on the zones' own subjects.
 */
export interface StormOptions {
  readonly zones: number;
  readonly secondaries: number;
  readonly heartbeatSeconds: number;
}

const joinMs = 600_000;
const stormMs = 60_000;
/** The terms of the first primaries are recorded by then, and nothing is under way. */
const quietMs = 10_000;

export const measureStorm = async (servers: RunningServers, options: StormOptions, say: (line: string) => void): Promise<void> => {
  const simulated = await SimulatedSystem.start(servers, say);
  try {
    const zones = await makeSimulatedZones(simulated.system.api, {
      name: `storm-${Date.now().toString(36)}`,
      zones: options.zones,
      settings: { heartbeatSeconds: options.heartbeatSeconds },
      tokens: [
        { labels: { primary: 'prefer' }, maxUses: 1 },
        { labels: {}, maxUses: options.secondaries },
      ],
    });
    const tokens = (at: number): string[] => zones.map(({ joinTokens }) => joinTokens[at] ?? '');
    const doomed = await simulated.join('primaries', tokens(0), 1, joinMs);
    await doomed.countsAre('a primary in each zone', joinMs, ({ primaries }) => primaries === options.zones);
    await simulated.join('secondaries', tokens(1), options.secondaries, joinMs);
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    if (doomed.counts?.primaries !== options.zones) throw new Error('the primaries are not all in one process any more');
    const hearing = await hearStorm(simulated.system, new Set(zones.map(({ id }) => id)));
    const used = await meter(new Map([...simulated.services(), ...(await serversOf(servers.folder))]));
    const killedAt = performance.now();
    doomed.kill();
    const storm = await hearing.settled;
    const cpuSeconds = [...(await used())].map(([name, { cpuSeconds: seconds }]) => [name, Math.round(seconds * 100) / 100] as const);
    await hearing.close();
    const settledMs = storm.readyAt.map((at) => at - killedAt);
    const appointedMs = storm.appointedAt.map((at) => at - killedAt);
    printFigure(
      'failover storm: all primaries killed at once, to the next ready primary of each zone',
      {
        zones: settledMs.length,
        p50Ms: percentile(settledMs, 50),
        p99Ms: percentile(settledMs, 99),
        maxMs: percentile(settledMs, 100),
        firstMs: percentile(settledMs, 0),
        appointedP50Ms: percentile(appointedMs, 50),
        writes: storm.writes,
        unsettled: options.zones - settledMs.length,
      },
      { ...options, schedulers: 2, natsSync: 'always', aimMs: 2_000, cpuSeconds: Object.fromEntries(cpuSeconds) },
    );
  } finally {
    await simulated.stop();
  }
};

interface Storm {
  readonly appointedAt: number[];
  readonly readyAt: number[];
  /** Changes of keys until all were settled: one appointment and one ready a zone, and what was tried in vain. */
  writes: number;
}

/** Hears of appointments and readies from now on, until every zone has a new ready primary or the time is over. */
const hearStorm = async (
  system: KlevrSystem,
  zoneIds: ReadonlySet<string>,
): Promise<{ settled: Promise<Storm>; close(): Promise<void> }> => {
  const creds = await readFile(system.files.serviceCreds['task-manager'], 'utf8');
  const bus = await Bus.connect({ servers: [system.natsUrl], name: 'bench', credentials: () => creds, owner: { service: 'task-manager' } });
  const storm: Storm = { appointedAt: [], readyAt: [], writes: 0 };
  const [appointed, ready] = [new Set<string>(), new Set<string>()];
  const settled = new Promise<Storm>((resolve) => {
    const timer = setTimeout(() => resolve(storm), stormMs);
    bus.subscribe(subjects.primary.wildcard(), (message) => {
      const zone = subjects.primary.parse(message.subject)?.zone ?? '';
      if (!zoneIds.has(zone) || message.bytes.length === 0) return;
      const { epoch } = PrimaryKey.parse(message.json());
      if (epoch === null) {
        storm.writes += 1;
        if (!appointed.has(zone)) storm.appointedAt.push(performance.now());
        appointed.add(zone);
        // A stamp of a primary that was there before is no sign of the storm's end.
      } else if (appointed.has(zone) && !ready.has(zone)) {
        storm.writes += 1;
        storm.readyAt.push(performance.now());
        ready.add(zone);
      }
      if (ready.size < zoneIds.size) return;
      clearTimeout(timer);
      resolve(storm);
    });
  });
  await bus.flush();
  return { settled, close: () => bus.close() };
};
