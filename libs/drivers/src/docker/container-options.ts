import { Secret } from '@klevr/recipes/secret';
import type { ContainerCreateOptions, EndpointSettings, HostConfig, MountSettings } from 'dockerode';
import { limitsOf } from './container-differences.js';
import type { DesiredContainer } from './desired-state.js';
import type { ContainerSpec } from './docker-spec.js';

/** What the engine is told when a container is made. The only place where secrets of its environment are in plain text. */
const usualLogs = { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } };
const nano = 1e9;

export const containerOptions = (desired: DesiredContainer, volumeName: (key: string) => string): ContainerCreateOptions => {
  const { spec, image, labels, name } = desired;
  const [first] = spec.networks.map((use, index) => ({ name: desired.networks[index] ?? '', settings: endpoint(desired.key, use) }));
  return {
    name,
    Image: image,
    Labels: labels,
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value instanceof Secret ? value.reveal() : String(value)}`),
    ...(spec.command === undefined ? {} : { Cmd: spec.command }),
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: spec.entrypoint }),
    ...(spec.workingDir === undefined ? {} : { WorkingDir: spec.workingDir }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.hostname === undefined ? {} : { Hostname: spec.hostname }),
    ...(spec.stopSignal === undefined ? {} : { StopSignal: spec.stopSignal }),
    ...(spec.stopGraceSeconds === undefined ? {} : { StopTimeout: spec.stopGraceSeconds }),
    ...(spec.health === undefined ? {} : { Healthcheck: healthCheck(spec.health) }),
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [portKey(port), {}])),
    HostConfig: hostConfig(spec, volumeName, first?.name ?? spec.networkMode),
    // Older engines take one network here; the others are given before it starts.
    ...(first === undefined ? {} : { NetworkingConfig: { EndpointsConfig: { [first.name]: first.settings } } }),
  };
};

export const endpoint = (key: string, { aliases, address }: ContainerSpec['networks'][number]): EndpointSettings => ({
  Aliases: [...new Set([key, ...aliases])],
  ...(address === undefined ? {} : { IPAMConfig: address.includes(':') ? { IPv6Address: address } : { IPv4Address: address } }),
});

/** As the engine takes it for a container that is there. */
export const limitOptions = (
  spec: ContainerSpec,
): Pick<HostConfig, 'Memory' | 'MemorySwap' | 'NanoCpus' | 'PidsLimit' | 'RestartPolicy'> => {
  const { resources, restart } = limitsOf(spec);
  return {
    Memory: resources.memoryBytes,
    // No swap on top of it, so that the limit is one; -1 takes a limit away.
    MemorySwap: resources.memoryBytes === 0 ? -1 : resources.memoryBytes,
    NanoCpus: Math.round(resources.cpus * nano),
    PidsLimit: resources.pids === 0 ? -1 : resources.pids,
    RestartPolicy: { Name: restart.policy, MaximumRetryCount: restart.maxRetries },
  };
};

const hostConfig = (spec: ContainerSpec, volumeName: (key: string) => string, networkMode: string | undefined): HostConfig => {
  const { MemorySwap, PidsLimit, ...limits } = limitOptions(spec);
  const { driver, options } = spec.logs ?? usualLogs;
  return {
    ...limits,
    ...(limits.Memory === 0 ? {} : { MemorySwap }),
    ...(PidsLimit === -1 ? {} : { PidsLimit }),
    ...(networkMode === undefined ? {} : { NetworkMode: networkMode }),
    LogConfig: { Type: driver, Config: options },
    PortBindings: portBindings(spec.ports),
    Mounts: spec.mounts.map((mount) => mountSettings(mount, volumeName)),
    ...(spec.extraHosts === undefined
      ? {}
      : { ExtraHosts: Object.entries(spec.extraHosts).map(([host, address]) => `${host}:${address}`) }),
    ...(spec.readonlyRootfs === undefined ? {} : { ReadonlyRootfs: spec.readonlyRootfs }),
    ...(spec.capabilities === undefined ? {} : { CapAdd: spec.capabilities.add, CapDrop: spec.capabilities.drop }),
    ...(spec.noNewPrivileges === true ? { SecurityOpt: ['no-new-privileges'] } : {}),
    ...(spec.init === undefined ? {} : { Init: spec.init }),
  };
};

const portKey = ({ container, protocol }: ContainerSpec['ports'][number]): string => `${container}/${protocol}`;

const portBindings = (ports: ContainerSpec['ports']): Record<string, object[]> => {
  const bindings: Record<string, object[]> = {};
  for (const port of ports)
    (bindings[portKey(port)] ??= []).push({ HostIp: port.address, HostPort: port.host === null ? '' : String(port.host) });
  return bindings;
};

const mountSettings = (mount: ContainerSpec['mounts'][number], volumeName: (key: string) => string): MountSettings => {
  if ('volume' in mount) return { Type: 'volume', Source: volumeName(mount.volume), Target: mount.path, ReadOnly: mount.readonly };
  if ('bind' in mount) return { Type: 'bind', Source: mount.bind, Target: mount.path, ReadOnly: mount.readonly };
  const { path, sizeBytes, mode } = mount;
  const options = {
    ...(sizeBytes === undefined ? {} : { SizeBytes: sizeBytes }),
    ...(mode === undefined ? {} : { Mode: Number.parseInt(mode, 8) }),
  };
  return {
    Type: 'tmpfs',
    Source: '',
    Target: path,
    ...(Object.keys(options).length > 0 ? { TmpfsOptions: options as { SizeBytes: number; Mode: number } } : {}),
  };
};

const healthCheck = ({ command, everySeconds, timeoutSeconds, retries, startSeconds }: NonNullable<ContainerSpec['health']>) => ({
  Test: ['CMD', ...command],
  Interval: everySeconds * nano,
  Timeout: timeoutSeconds * nano,
  Retries: retries,
  StartPeriod: startSeconds * nano,
});
