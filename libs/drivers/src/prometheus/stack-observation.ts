import { networkInterfaces } from 'node:os';
import type { ObservedPart } from '@klevr/contracts/resource';
import type { DriverSession, Observed } from '../driver.js';
import { hostPort } from './addresses.js';
import type { DesiredStack } from './desired-stack.js';
import type { StackProcess } from './stack-process.js';
import type { OwnProcess } from './own-processes.js';
import type { PrometheusSpec } from './prometheus-spec.js';
import { firingAlerts, readiness, valueOf } from './stack-http.js';
import type { SeenStack } from './stack-look.js';

/** What a stack looks like from outside: its parts, where it is found, how many targets it reaches, and which alerts fire. */
export const observeStack = async (
  spec: PrometheusSpec,
  desired: DesiredStack,
  seen: SeenStack,
  { kind, zone }: { kind: string; zone: string },
): Promise<Observed> => {
  if (seen.processes.length === 0 && seen.names.length === 0 && seen.data.length === 0) return { parts: [], values: {} };
  const processes = await Promise.all(desired.processes.map((process) => observeProcess(process, seen.processes)));
  const surplus = seen.processes.filter(({ name }) => desired.processes.every((one) => one.name !== name));
  const shards = processes.filter(({ name }) => /^prometheus(-\d+)?$/.test(name));
  const sum = (of: (one: Shown) => number | undefined): number => shards.reduce((total, one) => total + (of(one) ?? 0), 0);
  const alerts = [...new Set(shards.flatMap((shard) => shard.alerts ?? []))].sort();
  const parts: ObservedPart[] = [
    ...processes.map(({ name, state, details }) => ({ part: `process/${name}`, state, details })),
    ...surplus.map(({ name, pid }) => ({ part: `process/${name}`, state: 'not wanted', details: { pid } })),
    ...[...seen.files].map(([part, { state }]) => ({ part, state: state === 'same' ? 'present' : state, details: {} })),
    ...seen.data.map((name) => ({ part: `data/${name}`, state: 'present', details: {} })),
  ];
  const urlOf = (name: string): string | undefined => addressOf(spec, desired, name);
  const urls = shards.map(({ name }) => urlOf(name));
  return {
    parts,
    values: {
      ...{
        url: urls[0],
        urls,
        alertmanagerUrl: urlOf('alertmanager'),
        nodeExporterUrl: urlOf('node-exporter'),
        grafanaUrl: urlOf('grafana'),
      },
      ...{ targetsUp: sum(({ up }) => up), targetsDown: sum(({ down }) => down), alerts, keptBy: kind, zone },
    },
  };
};

interface Shown {
  readonly name: string;
  readonly state: string;
  readonly details: Record<string, unknown>;
  readonly up?: number | undefined;
  readonly down?: number | undefined;
  readonly alerts?: readonly string[] | undefined;
}

const observeProcess = async ({ name, url, readyPath }: StackProcess, running: readonly OwnProcess[]): Promise<Shown> => {
  const own = running.find((one) => one.name === name);
  if (own === undefined) return { name, state: 'not running', details: {} };
  const { state: ready, message } = await readiness(url, readyPath);
  const state = ready === 'ready' ? 'running' : ready === 'starting' ? 'starting' : 'not answering';
  const common = { pid: own.pid, ...(ready === 'ready' ? {} : { message }) };
  if (ready !== 'ready' || !/^prometheus(-\d+)?$/.test(name)) return { name, state, details: common };
  const [up, down, alerts] = await Promise.all([valueOf(url, 'count(up == 1)'), valueOf(url, 'count(up == 0)'), firingAlerts(url)]);
  return { name, state, up, down, alerts, details: { ...common, targetsUp: up, targetsDown: down, alerts: alerts?.slice(0, 100) } };
};

/** As others find it, as far as that can be known here. */
const addressOf = (spec: PrometheusSpec, { processes }: DesiredStack, name: string): string | undefined => {
  const found = processes.find((one) => one.name === name);
  if (found === undefined) return undefined;
  const own = { prometheus: spec.prometheus.externalUrl, alertmanager: spec.alertmanager?.externalUrl, grafana: spec.grafana?.externalUrl };
  const given = (own as Readonly<Record<string, string | undefined>>)[name];
  if (given !== undefined) return given;
  const everywhere = found.listen === '0.0.0.0' || found.listen === '::';
  return everywhere ? `http://${hostPort(outerAddress() ?? '127.0.0.1', found.port)}` : found.url;
};

const outerAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family, address }) => !internal && family === 'IPv4' && !address.startsWith('169.254.'))?.address;

export const healthOfStack = async (
  processes: readonly StackProcess[],
  running: readonly OwnProcess[],
): ReturnType<DriverSession['engineHealth']> => {
  const told = await Promise.all(
    processes.map(async ({ name, url, readyPath }) => {
      if (!running.some((one) => one.name === name)) return { state: 'silent' as const, message: `${name} does not run` };
      const { state, message } = await readiness(url, readyPath);
      return { state, message: `${name}: ${message}` };
    }),
  );
  const worst = told.find(({ state }) => state === 'silent') ?? told.find(({ state }) => state === 'starting');
  if (worst === undefined) return { state: 'healthy', message: told.map(({ message }) => message).join('; ') };
  return { state: worst.state === 'silent' ? 'unhealthy' : 'starting', message: worst.message };
};
