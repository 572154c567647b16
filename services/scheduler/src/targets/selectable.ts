import type { HostFacts } from '@klevr/contracts/agent';
import { capabilityPrefix, selectorValue, type SelectorName } from '@klevr/contracts/selector-names';
import type { Zone } from '@klevr/contracts/zone';

/**
 * Everything that a selector may name of one agent, with its values: labels first, then facts of the host, then where its zone is.
 * Promises: what the host did not tell is not there; every value of a fact can stand in a selector. Does not: keep an order.
 */
export type Selectable = Readonly<Record<string, string | readonly string[]>>;

export type Place = Pick<Zone, 'platform' | 'environment'>;

/** Rows written before a fact was known lack it. */
export type KnownFacts = { readonly [F in keyof HostFacts]?: HostFacts[F] | undefined };

type Told = string | number | readonly string[] | undefined;

const gibibyte = 2 ** 30;
const sumOf = (values: readonly number[] | undefined): number | undefined => values?.reduce((sum, value) => sum + value, 0);
const gibibytes = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : Math.round(bytes / gibibyte));

const factOf: Record<Exclude<SelectorName, keyof Place>, (facts: KnownFacts) => Told> = {
  os: ({ os }) => os,
  distribution: ({ distribution }) => distribution,
  kernel: ({ kernel }) => kernel,
  arch: ({ architecture }) => architecture,
  hostname: ({ hostname }) => hostname,
  user: ({ user }) => user,
  type: ({ type }) => type,
  virtualization: ({ virtualization }) => virtualization,
  cpus: ({ cpu }) => cpu?.count,
  'cpu-model': ({ cpu }) => cpu?.model,
  'memory-gib': ({ memory }) => gibibytes(memory?.totalBytes),
  'disk-gib': ({ disks }) => gibibytes(sumOf(disks?.map(({ totalBytes }) => totalBytes))),
  'disk-free-gib': ({ disks }) => gibibytes(sumOf(disks?.map(({ freeBytes }) => freeBytes))),
  'uptime-seconds': ({ uptimeSeconds }) => (uptimeSeconds === undefined ? undefined : Math.round(uptimeSeconds)),
  address: ({ addresses }) => addresses,
  'machine-id': ({ machineId }) => machineId,
  'boot-id': ({ bootId }) => bootId,
  'cloud.provider': ({ cloud }) => cloud?.provider,
  'cloud.region': ({ cloud }) => cloud?.region,
  'cloud.zone': ({ cloud }) => cloud?.zone,
  'cloud.instance-id': ({ cloud }) => cloud?.instanceId,
  'cloud.instance-type': ({ cloud }) => cloud?.instanceType,
};
const facts = Object.entries(factOf);

export const selectable = (labels: Readonly<Record<string, string>>, told: KnownFacts, place: Place | undefined): Selectable => {
  const found: Record<string, string | readonly string[]> = place ? { platform: place.platform, environment: place.environment } : {};
  for (const [name, valueOf] of facts) {
    const value = valueOf(told);
    if (value === undefined) continue;
    if (typeof value !== 'object') found[name] = selectorValue(value);
    else if (value.length > 0) found[name] = value.map(selectorValue);
  }
  for (const [tool, version] of Object.entries(told.capabilities ?? {})) found[capabilityPrefix + tool] = selectorValue(version);
  return Object.assign(found, labels);
};
