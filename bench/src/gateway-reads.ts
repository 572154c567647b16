import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { KlevrSystem } from '@klevr/testing/klevr-system';
import { Pool } from 'undici';
import { percentile, printFigure } from './figures.js';
import { usageOf } from './process-meter.js';

/**
 * Hot reads of one host and of a page of zones, against a Fastify route that answers the same JSON and does nothing else: by turns, from the same
 * client, which shares the machine. `share` is the part of the bare route's rate that is reached; processor time is that of the server alone.
 */
export interface ReadsOptions {
  readonly zones: number;
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
}

interface Side {
  readonly origin: string;
  readonly path: string;
  readonly pid: number;
  readonly headers: Record<string, string>;
}

interface Rate {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

export const measureReads = async (system: KlevrSystem, options: ReadsOptions): Promise<void> => {
  const { api } = system;
  for (let number = 0; number < options.zones; number += 1) await api.post('/zones', { name: `bench-read-${number}` });
  const [agent] = await api.agents(system.zone);
  if (agent === undefined) throw new Error('the zone has no agent');
  for (const [label, path] of [
    ['one host', `/agents/${agent.id}`],
    [`${options.zones} zones`, `/zones?limit=${options.zones}`],
  ] as const) {
    const bare = await bareRoute(JSON.stringify(await api.get(path)));
    try {
      const ours: Side = {
        origin: api.origin,
        path: `/api/v1${path}`,
        pid: system.pid('gateway'),
        headers: { authorization: api.authorization },
      };
      await compare(label, ours, { ...bare.side, path: '/bare', headers: {} }, options);
    } finally {
      bare.child.disconnect();
    }
  }
};

async function bareRoute(answer: string): Promise<{ child: ChildProcess; side: Pick<Side, 'origin' | 'pid'> }> {
  const child = fork(fileURLToPath(new URL('bare-fastify.js', import.meta.url)), { env: { ...process.env, KLEVR_BENCH_ANSWER: answer } });
  const [port] = (await once(child, 'message')) as [number];
  return { child, side: { origin: `http://127.0.0.1:${port}`, pid: child.pid ?? 0 } };
}

async function compare(label: string, ours: Side, bare: Side, options: ReadsOptions): Promise<void> {
  const rates = { ours: [] as Rate[], bare: [] as Rate[] };
  for (const side of [ours, bare]) await rateOf(side, { ...options, seconds: 1 });
  for (let round = 0; round < options.rounds; round += 1) {
    rates.bare.push(await rateOf(bare, options));
    rates.ours.push(await rateOf(ours, options));
  }
  const medians = (side: Rate[]): Rate => ({
    perSecond: percentile(
      side.map(({ perSecond }) => perSecond),
      50,
    ),
    cpuMicroseconds: percentile(
      side.map(({ cpuMicroseconds }) => cpuMicroseconds),
      50,
    ),
  });
  const [of, against] = [medians(rates.ours), medians(rates.bare)];
  printFigure(
    `hot reads against a bare Fastify route (${label})`,
    {
      perSecond: of.perSecond,
      barePerSecond: against.perSecond,
      share: of.perSecond / against.perSecond,
      cpuMicroseconds: of.cpuMicroseconds,
      bareCpuMicroseconds: against.cpuMicroseconds,
    },
    { ...options },
  );
}

async function rateOf({ origin, path, pid, headers }: Side, { connections, seconds }: ReadsOptions): Promise<Rate> {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const until = performance.now() + seconds * 1000;
  let answered = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const { statusCode, body } = await pool.request({ method: 'GET', path, headers });
      await body.arrayBuffer();
      if (statusCode !== 200) throw new Error(`GET ${path} answered ${statusCode}`);
      answered += 1;
    }
  };
  const [before, startedAt] = [await usageOf(pid), performance.now()];
  await Promise.all(Array.from({ length: connections }, client));
  const [after, tookSeconds] = [await usageOf(pid), (performance.now() - startedAt) / 1000];
  await pool.close();
  return { perSecond: answered / tookSeconds, cpuMicroseconds: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / answered };
}
