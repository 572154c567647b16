import { KlevrSystem } from '@klevr/testing/klevr-system';
import { startSharedServers } from '@klevr/testing/shared-servers';
import { losses, measureLoss } from './failover.js';
import { measureStartLatency, measureThroughput, warmUp } from './throughput.js';

/**
 * npm run bench [-- quick]: starts a whole system of its own on private servers and prints one line of JSON a figure. `quick` takes few rounds
 * and is for trying the benchmark itself.
 */
const quick = process.argv.includes('quick');
const only = process.argv.find((argument) => argument.startsWith('only='))?.slice('only='.length);
const wanted = (part: string): boolean => only === undefined || only === part;

const servers = await startSharedServers((line) => console.error(line));
try {
  const system = await KlevrSystem.start({
    servers,
    folder: servers.folder,
    agents: 3,
    schedulers: 2,

    zoneSettings: { heartbeatSeconds: 2, lostAfterSeconds: 30, maxConcurrentRuns: 1000 },
  });
  try {
    if (wanted('latency')) await measureStartLatency(system, { perSecond: 100, seconds: quick ? 3 : 30 });
    if (wanted('throughput')) {
      await warmUp(system);
      await measureThroughput(system, { kind: 'Noop', tasks: quick ? 1_000 : 10_000, clients: 128 });
      await measureThroughput(system, { kind: 'shell', tasks: quick ? 300 : 3_000, clients: 64 });
    }
    if (wanted('failover')) {
      for (const loss of losses(quick ? { kill: 5, stop: 2, handOver: 5 } : { kill: 50, stop: 10, handOver: 50 }))
        await measureLoss(system, loss);
    }
  } finally {
    await system.stop();
  }
} finally {
  await servers.stop();
}
