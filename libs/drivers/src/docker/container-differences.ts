import type { ActualContainer } from './actual-state.js';
import { containerPart, stateOf } from './container-parts.js';
import type { DesiredContainer } from './desired-state.js';
import { appliedIn, digestOf, label } from './docker-names.js';
import type { ContainerSpec } from './docker-spec.js';
import { differences, type Field } from './field-differences.js';

/** What is to be done about one container, by what it was made with and what the engine says of it now. Pure. */
export interface ContainerNeed {
  readonly action: 'create' | 'update' | 'replace' | 'none';
  readonly reason?: string;
  readonly fields: Field[];
}

export interface NetworkIds {
  /** Name → id of the networks that stay. */
  readonly ids: ReadonlyMap<string, string>;
}

export const containerNeed = (desired: DesiredContainer, all: readonly ActualContainer[], { ids }: NetworkIds): ContainerNeed => {
  const { current, misnamed, leftovers } = containerPart(all, desired.part, desired.name);
  if (current === undefined) return { action: 'create', fields: [] };
  const replaced = mustBeReplaced(desired, current, ids);
  if (replaced !== undefined) return { action: 'replace', ...replaced };
  const fields = [
    ...(misnamed ? [{ path: 'name', before: current.name, after: desired.name }] : []),
    ...limitDifferences(desired.spec, current),
    ...missingNetworks(desired, current).map((name) => ({ path: 'networks', before: null, after: name })),
    ...stateDifference(desired, current),
  ];
  if (leftovers.length > 0) return { action: 'update', reason: 'an earlier one of it is still there', fields };
  return { action: fields.length > 0 ? 'update' : 'none', fields };
};

export const mustBeReplaced = (
  desired: DesiredContainer,
  current: ActualContainer,
  networkIds: ReadonlyMap<string, string>,
): { readonly reason?: string; readonly fields: Field[] } | undefined => {
  if (current.labels[label.spec] !== digestOf(desired.view)) {
    const fields = differences(appliedIn(current.labels), desired.view);
    return fields.length > 0 ? { fields } : { reason: 'it was made otherwise', fields };
  }
  const { State, NetworkSettings, HostConfig } = current.info;
  const { resources } = limitsOf(desired.spec);
  if ((resources.memoryBytes === 0 && (HostConfig.Memory ?? 0) > 0) || (resources.cpus === 0 && (HostConfig.NanoCpus ?? 0) > 0))
    return { reason: 'the engine cannot take a limit away', fields: limitDifferences(desired.spec, current) };
  if (State.Status === 'created') return { reason: 'it was made, but never started', fields: [] };
  if (State.Dead || State.Status === 'removing') return { reason: `it is ${State.Status}`, fields: [] };
  if (desired.spec.job && State.Status === 'exited' && State.ExitCode !== 0)
    return { reason: 'it is to run again', fields: [{ path: 'state', before: stateOf(current), after: 'exited (0)' }] };
  for (const name of desired.networks) {
    const attached = NetworkSettings.Networks[name];
    if (attached !== undefined && attached.NetworkID !== '' && attached.NetworkID !== networkIds.get(name))
      return { reason: `the network ${name} is another one now`, fields: [] };
  }
  return undefined;
};

/** A network that was taken from it by hand can be given back. */
export const missingNetworks = (desired: DesiredContainer, current: ActualContainer): string[] =>
  desired.networks.filter((name) => current.info.NetworkSettings.Networks[name] === undefined);

const stateDifference = (desired: DesiredContainer, current: ActualContainer): Field[] => {
  const { Status, Paused, ExitCode } = current.info.State;
  if (desired.spec.job)
    return Status === 'exited' && ExitCode === 0 ? [] : [{ path: 'state', before: stateOf(current), after: 'exited (0)' }];
  // One that starts again and again is the engine's to start, and its health tells that it is not well.
  return (Status === 'running' || Status === 'restarting') && !Paused
    ? []
    : [{ path: 'state', before: stateOf(current), after: 'running' }];
};

export const limitDifferences = (spec: ContainerSpec, { info: { HostConfig } }: ActualContainer): Field[] => {
  const { resources, restart } = limitsOf(spec);
  return differences(
    {
      resources: {
        memoryBytes: HostConfig.Memory ?? 0,
        cpus: (HostConfig.NanoCpus ?? 0) / 1e9,
        pids: Math.max(0, HostConfig.PidsLimit ?? 0),
      },
      restart: { policy: HostConfig.RestartPolicy?.Name || 'no', maxRetries: HostConfig.RestartPolicy?.MaximumRetryCount ?? 0 },
    },
    { resources, restart },
  );
};

/** What can be changed while it runs; 0 stands for no limit. */
export const limitsOf = ({ resources, restart, job }: ContainerSpec) => ({
  resources: { memoryBytes: resources.memoryBytes ?? 0, cpus: resources.cpus ?? 0, pids: resources.pids ?? 0 },
  restart: job ? { policy: 'no', maxRetries: 0 } : { policy: restart?.policy ?? 'unless-stopped', maxRetries: restart?.maxRetries ?? 0 },
});
