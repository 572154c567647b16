import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { klevrHome } from '@klevr/launcher/klevr-home';
import { readRunningFile } from '@klevr/launcher/running-file';
import { Api } from '@klevr/testing/api';
import { deleteZones, makeSimulatedZones, simulatedZoneIds, type SimulatedZone } from '@klevr/testing/simulated-zones';
import { SimulatorProcess } from '@klevr/testing/simulator-process';
import { CommanderError } from 'commander';
import { simulateOptions, type SimulateOptions } from './simulate-options.js';
import { summaryOf, sumOf } from './simulate-report.js';

/**
 * `npm run simulate -- --zones 200 --agents 50`: simulated agents on a running system, until Ctrl-C or for a time. What it makes it takes away again.
 */
const joinPatienceMs = 600_000;
/** After Ctrl-C all is gone within 10 s: goodbyes first, then as many zones as time allows. */
const goodbyesMs = 6_000;
const hurryMs = 9_000;
const tidyMs = 120_000;
const sayEveryMs = 2_000;

const startedAt = performance.now();
const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
const say = (line: string): void => void process.stdout.write(`[${seconds()} s] ${line}\n`);
process.stdout.on('error', () => undefined);

const stopping = new AbortController();
const stopAsked = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return;
    say(`${signal}: stopping`);
    setTimeout(() => process.exit(1), hurryMs + 500).unref();
    stopping.abort();
  });
}

const signIn = async ({ url, user, password }: SimulateOptions): Promise<Api> => {
  const running = url === undefined ? await readRunningFile(klevrHome(process.env)) : undefined;
  const api = new Api(url ?? running?.apiUrl ?? '');
  const secret = password ?? process.env['KLEVR_PASSWORD'] ?? running?.password ?? undefined;
  if (secret === undefined) throw new Error('the password is not known: give it by --password or KLEVR_PASSWORD');
  await api.signIn(user ?? running?.username ?? 'admin', secret);
  return api;
};

const clean = async (api: Api): Promise<number> => {
  const ids = await simulatedZoneIds(api);
  const { left, why } = await deleteZones(api, ids, AbortSignal.any([stopping.signal, AbortSignal.timeout(tidyMs)]));
  say(`${ids.length - left} zones deleted${left === 0 ? '' : `, ${left} left: ${why ?? 'out of time'}`}`);
  return left === 0 ? 0 : 1;
};

const startAgents = (options: SimulateOptions, name: string, zones: readonly SimulatedZone[], serverUrl: string): SimulatorProcess[] =>
  Array.from({ length: options.processes }, (_, index) => {
    const simulator = SimulatorProcess.start({ logFile: join(klevrHome(process.env), 'log', `${name}-${index + 1}.log`) });
    // Each process has its share of every zone.
    const share = (agents: number): number =>
      Math.floor((agents * (index + 1)) / options.processes) - Math.floor((agents * index) / options.processes);
    const shares = zones.map(({ joinTokens: [joinToken = ''] }, at) => ({
      joinToken,
      agents: share((at + 1) * options.agents) - share(at * options.agents),
    }));
    const own = shares.filter(({ agents }) => agents > 0);
    const atOnce = Math.max(1, Math.floor(options.atOnce / options.processes));
    if (own.length > 0) simulator.join({ serverUrl, zones: own, atOnce, name: `${name}-p${index + 1}` });
    return simulator;
  });

/** Resolves when everybody is online or was refused, or it is time to stop. Throws where a process fails. */
const joined = async (simulators: readonly SimulatorProcess[], total: number): Promise<void> => {
  let saidAt = -Infinity;
  let over = false;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not all agents are online after ${joinPatienceMs / 1000} s`)), joinPatienceMs);
    const end = (finish: () => void): void => {
      over = true;
      clearTimeout(timer);
      finish();
    };
    const look = (): void => {
      if (over) return;
      const { online, enrolled, refused, primaries } = sumOf(simulators);
      if (performance.now() - saidAt > sayEveryMs) {
        saidAt = performance.now();
        say(`${enrolled} enrolled, ${online} online, ${primaries} primaries`);
      }
      if (online + refused >= total) end(resolve);
    };
    for (const simulator of simulators) {
      simulator.onCounts(look);
      simulator.onFailure((reason) => end(() => reject(new Error(reason))));
    }
    void stopAsked.then(() => end(resolve));
  });
};

const leave = async (
  api: Api,
  options: SimulateOptions,
  simulators: readonly SimulatorProcess[],
  zones: readonly SimulatedZone[],
): Promise<void> => {
  const hurried = stopping.signal.aborted ? AbortSignal.timeout(hurryMs) : undefined;
  say('the agents say goodbye');
  await Promise.all(simulators.map((simulator) => simulator.stop(hurried ? goodbyesMs : tidyMs)));
  const deadline = hurried ?? AbortSignal.any([stopping.signal, AbortSignal.timeout(tidyMs)]);
  if (options.keep) return say(`${zones.length} zones stay; npm run simulate -- --clean deletes them`);
  const ids = zones.map(({ id }) => id);
  const { left, why } = await deleteZones(api, ids, deadline);
  if (left === 0) say(`${zones.length} zones deleted`);
  else say(`${left} of ${zones.length} zones are left (${why ?? 'out of time'}); npm run simulate -- --clean deletes them`);
};

const simulate = async (options: SimulateOptions): Promise<number> => {
  const api = await signIn(options);
  if (options.clean) return clean(api);
  const name = `sim-${randomBytes(3).toString('hex')}`;
  const total = options.zones * options.agents;
  say(`${total} agents in ${options.zones} zones ${name}-…, ${options.processes} processes`);
  const settings = { heartbeatSeconds: options.heartbeat };
  const zones = await makeSimulatedZones(api, { name, zones: options.zones, settings, tokens: [{ labels: {}, maxUses: options.agents }] });
  const simulators = startAgents(options, name, zones, api.origin);
  try {
    const joinedAt = performance.now();
    await joined(simulators, total);
    const counts = sumOf(simulators);
    for (const line of summaryOf(counts, { ...options, total, joinSeconds: (performance.now() - joinedAt) / 1000 })) say(line);
    if (options.seconds === undefined) await stopAsked;
    else await Promise.race([stopAsked, new Promise((resolve) => setTimeout(resolve, (options.seconds ?? 0) * 1000))]);
    const after = sumOf(simulators);
    say(`at the end: ${after.online} online, ${after.primaries} primaries, ${after.runsFinished} runs`);
    return after.online === total && after.primaries === options.zones ? 0 : 1;
  } finally {
    await leave(api, options, simulators, zones);
  }
};

try {
  process.exit(await simulate(simulateOptions(process.argv.slice(2))));
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
