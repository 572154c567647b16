import type { ObservedPart } from '@klevr/contracts/resource';
import type { Observed } from '../driver.js';
import type { Actual, ActualContainer, ActualNetwork } from './actual-state.js';
import { containerPart, stateOf } from './container-parts.js';
import type { Desired } from './desired-state.js';
import { nameOf, type Owner } from './docker-names.js';

/** What outputs and people see of a resource at the engine. Nothing of an environment is in it, as secrets may be there. Pure. */
export const observedOf = (desired: Desired, actual: Actual, owner: Owner): Observed => {
  const containers = currentContainers(actual, owner);
  const parts: ObservedPart[] = [
    ...actual.images.map(({ part, id, reference }) => ({ part, state: 'present', details: { id, reference } })),
    ...actual.networks.map((network) => ({ part: network.part, state: 'present', details: networkValues(network) })),
    ...actual.volumes.map(({ part, name, info }) => ({ part, state: 'present', details: { name, driver: info.Driver } })),
    ...containers.map((container) => ({ part: container.part, state: stateOf(container), details: containerValues(container) })),
  ];
  const images = desired.images.filter(({ reference }) => actual.references.has(reference));
  return {
    parts,
    values: {
      images: keyed(images, ({ reference }) => ({ reference, id: actual.references.get(reference) })),
      networks: keyed(actual.networks, networkValues),
      volumes: keyed(actual.volumes, ({ name, info }) => ({ name, driver: info.Driver, mountpoint: info.Mountpoint })),
      containers: keyed(containers, containerValues),
    },
  };
};

export const currentContainers = ({ containers }: Pick<Actual, 'containers'>, owner: Owner): ActualContainer[] =>
  [...new Set(containers.map(({ part }) => part))].flatMap(
    (part) => containerPart(containers, part, nameOf(owner, keyIn(part))).current ?? [],
  );

const keyIn = (part: string): string => part.slice(part.indexOf('/') + 1);
const keyed = <T extends { readonly part: string }>(things: readonly T[], values: (thing: T) => object): Record<string, object> =>
  Object.fromEntries(things.map((thing) => [keyIn(thing.part), values(thing)]));

const networkValues = ({ id, name, info }: ActualNetwork): Record<string, unknown> => {
  const [pool] = info.IPAM?.Config ?? [];
  return { id, name, driver: info.Driver, subnet: pool?.['Subnet'] ?? null, gateway: pool?.['Gateway'] ?? null };
};

const containerValues = ({ id, name, info }: ActualContainer): Record<string, unknown> => {
  const { State, NetworkSettings, Config, Image, RestartCount } = info;
  const addresses = Object.fromEntries(Object.entries(NetworkSettings.Networks).map(([network, { IPAddress }]) => [network, IPAddress]));
  return {
    ...{ id, name, image: Config.Image, imageId: Image, state: State.Status, startedAt: State.StartedAt, restarts: RestartCount },
    ...(State.Status === 'exited' ? { exitCode: State.ExitCode } : {}),
    ...(State.Health === undefined ? {} : { health: State.Health.Status }),
    ip: Object.values(addresses).find((address) => address !== '') ?? null,
    addresses,
    ports: portValues(NetworkSettings.Ports),
  };
};

/** `80/tcp` → where the host has it, addresses of IPv4 first. */
const portValues = (ports: ActualContainer['info']['NetworkSettings']['Ports'] | null): Record<string, object[]> =>
  Object.fromEntries(
    Object.entries(ports ?? {}).map(([port, bindings]) => [
      port,
      [...((bindings as typeof bindings | null) ?? [])]
        .sort((a, b) => Number(a.HostIp.includes(':')) - Number(b.HostIp.includes(':')))
        .map(({ HostIp, HostPort }) => ({ hostIp: HostIp, hostPort: Number(HostPort) })),
    ]),
  );
