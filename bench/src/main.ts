import { join } from 'node:path';
import { KlevrSystem } from '@klevr/testing/klevr-system';
import { type RunningServers, startSharedServers } from '@klevr/testing/shared-servers';
import { losses, measureLoss } from './failover.js';
import { measureAll } from './all-agents.js';
import { measureBullmq } from './bullmq.js';
import { measureFleet } from './fleet.js';
import { measureFollowers, measureSignIns } from './gateway-people.js';
import { measureReads } from './gateway-reads.js';
import { measureStorm } from './storm.js';
import { measureStartLatency, measureThroughput, warmUp } from './throughput.js';
import { measureWebhooks } from './webhooks.js';

/**
 * npm run bench [-- quick] [only=latency|throughput|failover|storm|fleet|all|bullmq|webhooks|gateway]: starts a whole system of its own on private servers and prints one line of JSON a
 * figure. `quick` takes few rounds and is for trying the benchmark itself; `zones=` and `agents=` set another size of storm, fleet or all.
 */
const parts = ['latency', 'throughput', 'failover', 'storm', 'fleet', 'all', 'bullmq', 'webhooks', 'gateway'] as const;
type Part = (typeof parts)[number];

const setting = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`${name}=`))?.slice(name.length + 1);
const quick = process.argv.includes('quick');
const only = setting('only');
const known = parts.find((part) => part === only);
if (only !== undefined && known === undefined) throw new Error(`only= is one of ${parts.join(', ')}`);
const wanted = (...some: Part[]): boolean => known === undefined || some.includes(known);
const size = (name: 'zones' | 'agents', usual: number): number => {
  const value = Number(setting(name) ?? usual);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name}= is a whole number from 1`);
  return value;
};
const say = (line: string): void => console.error(line);

const measureTasks = async (servers: RunningServers): Promise<void> => {
  const system = await KlevrSystem.start({
    servers,
    folder: servers.folder,
    agents: 3,
    schedulers: 2,
    zoneSettings: { heartbeatSeconds: 2, lostAfterSeconds: 30, maxConcurrentRuns: 1000, maxConcurrentRunsPerAgent: 1000 },
  });
  try {
    if (wanted('latency')) {
      await measureStartLatency(system, { perSecond: 100, seconds: quick ? 3 : 30 });
      await measureStartLatency(system, { perSecond: 500, seconds: quick ? 3 : 10 });
    }
    if (wanted('throughput')) {
      await warmUp(system);
      await measureThroughput(system, { kind: 'Noop', tasks: quick ? 1_000 : 10_000, clients: 128 });
      await measureThroughput(system, { kind: 'Noop', tasks: quick ? 2_000 : 20_000, clients: 8, atOnce: 100 });
      await measureThroughput(system, { kind: 'shell', tasks: quick ? 300 : 3_000, clients: 64 });
    }
    if (wanted('webhooks')) {
      const size = quick
        ? { tasks: 200, webhooks: 5, perSecond: 20, seconds: 3 }
        : { tasks: 2_000, webhooks: 5, perSecond: 50, seconds: 20 };
      await measureWebhooks(system, size);
    }
    if (wanted('failover')) {
      for (const loss of losses(quick ? { kill: 5, stop: 2, handOver: 5 } : { kill: 50, stop: 10, handOver: 50 }))
        await measureLoss(system, loss);
    }
  } finally {
    await system.stop();
  }
};

/** Without the limits of rates: one client asks as much as many would. */
const measureGateway = async (servers: RunningServers): Promise<void> => {
  const gatewayEnv = { KLEVR_RATE_LIMIT_PER_SECOND: '0', KLEVR_PUBLIC_RATE_LIMIT_PER_MINUTE: '0' };
  const system = await KlevrSystem.start({ servers, folder: join(servers.folder, 'gateway'), agents: 1, schedulers: 2, gatewayEnv });
  try {
    await measureReads(system, { zones: 50, connections: 32, seconds: quick ? 1 : 5, rounds: quick ? 1 : 5 });
    await measureSignIns(system, { people: 8, seconds: quick ? 2 : 20 });
    await measureFollowers(system, { followers: quick ? 100 : 1_000, users: 5, events: quick ? 5 : 50 });
  } finally {
    await system.stop();
  }
};

const servers = await startSharedServers(say);
try {
  if (wanted('latency', 'throughput', 'failover', 'webhooks')) await measureTasks(servers);
  if (wanted('gateway')) await measureGateway(servers);
  if (wanted('bullmq')) await measureBullmq(servers.redisUrl, { jobs: quick ? 2_000 : 20_000, concurrency: 100, atOnce: 100 });
  if (wanted('all')) {
    await measureAll(servers, { agents: size('agents', quick ? 500 : 10_000), processes: quick ? 1 : 2, rounds: 3 }, say);
  }
  if (wanted('storm')) {
    const zones = size('zones', quick ? 50 : 500);
    await measureStorm(servers, { zones, secondaries: size('agents', 3) - 1, heartbeatSeconds: 10 }, say);
  }
  if (wanted('fleet')) {
    const [zones, agents] = [size('zones', quick ? 20 : 200), size('agents', quick ? 10 : 50)];
    const times = quick
      ? { heartbeatSeconds: 2, seconds: 10, cut: 10, silent: 4 }
      : { heartbeatSeconds: 10, seconds: 60, cut: 200, silent: 50 };
    await measureFleet(servers, { zones, agents, ...times, processes: quick ? 1 : 2 }, say);
  }
} finally {
  await servers.stop();
}
