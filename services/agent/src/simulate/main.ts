import { readFile } from 'node:fs/promises';
import { SimulatorOrder, type SimulatorWord } from '@klevr/contracts/simulation';
import { SystemClock } from '@klevr/platform/clock';
import { createLogger } from '@klevr/platform/logger';
import { exitOnUncaught } from '@klevr/platform/shutdown';
import { SimulatedFleet } from './simulated-fleet.js';
import { SimulatedHost } from './simulated-host.js';

/**
 * A process of simulated agents; told what to do by the process that forked it, over the channel between them. It is not part of what hosts download. It ends
 * when it is told to, and when that channel breaks.
 */
const countsEveryMs = 500;
const stopDeadlineMs = 9_000;
/** Besides its agents' connections: the channel, the log, enrolment's connections. */
const otherFiles = 600;

const clock = new SystemClock();
const log = createLogger({ service: 'simulator', level: process.env['KLEVR_LOG_LEVEL'] ?? 'warn' });
exitOnUncaught(log);
const fleet = new SimulatedFleet(await SimulatedHost.read(clock, process.env['PATH'] ?? ''), clock, log);

const say = (word: SimulatorWord): void => {
  if (process.connected) process.send?.(word);
};

const tellCounts = (): void => say({ kind: 'counts', counts: fleet.counts() });

/** Node has raised the limit to the most that it may have. */
const openFilesLimit = async (): Promise<number> => {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
};

const join = async (order: Extract<SimulatorOrder, { kind: 'join' }>): Promise<void> => {
  const agents = order.zones.reduce((sum, zone) => sum + zone.agents, 0);
  const limit = await openFilesLimit();
  if (agents + otherFiles > limit) {
    throw new Error(`${agents} connections need ${agents + otherFiles} open files; ${limit} are allowed: ulimit -n, or more --processes`);
  }
  await fleet.join(order);
};

const stop = async (withinMs = stopDeadlineMs): Promise<void> => {
  setTimeout(() => process.exit(1), withinMs).unref();
  await fleet.stop();
  tellCounts();
  process.exit(0);
};

const obey = async (order: SimulatorOrder): Promise<void> => {
  if (order.kind === 'join') await join(order);
  if (order.kind === 'take') say({ kind: 'taken', agents: await fleet.take(order.how, order.agents) });
  if (order.kind === 'stop') await stop(order.withinMs);
};

// A terminal's Ctrl-C reaches the whole process group; the one that forked this one gives the order.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => void stop());
process.on('disconnect', () => void stop());
process.on('message', (message) => {
  obey(SimulatorOrder.parse(message)).catch((error: unknown) => {
    say({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
    setTimeout(() => process.exit(1), 1_000);
  });
});
setInterval(tellCounts, countsEveryMs);
