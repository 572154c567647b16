import type { ContainerInspectInfo, NetworkInspectInfo, VolumeInspectInfo } from 'dockerode';
import { withSignal, type DockerApi } from './docker-api.js';
import { isLeftFor, isOf, label, partIn, type Labels, type Owner } from './docker-names.js';
import type { Desired } from './desired-state.js';

/** What is at the engine: all that carries the resource's id, and whatever has a name that the resource needs. */
export interface ActualContainer {
  readonly id: string;
  readonly name: string;
  readonly part: string;
  readonly labels: Labels;
  readonly info: ContainerInspectInfo;
}
export interface ActualNetwork {
  readonly id: string;
  readonly name: string;
  readonly part: string;
  readonly labels: Labels;
  readonly info: NetworkInspectInfo;
}
export interface ActualVolume {
  readonly name: string;
  readonly part: string;
  readonly labels: Labels;
  readonly info: VolumeInspectInfo;
}
export interface ActualImage {
  readonly id: string;
  readonly reference: string;
  readonly part: string;
}
export interface Actual {
  readonly containers: readonly ActualContainer[];
  readonly networks: readonly ActualNetwork[];
  readonly volumes: readonly ActualVolume[];
  /** Made by the resource; pulled ones belong to nobody. */
  readonly images: readonly ActualImage[];
  /** Reference → id, of the images that are wanted and there. */
  readonly references: ReadonlyMap<string, string>;
  /** Part → whose thing has the name that it needs. */
  readonly taken: ReadonlyMap<string, string>;
}

export const actualState = async (api: DockerApi, owner: Owner, desired: Desired): Promise<Actual> => {
  const [containers, networks, volumes, images, references] = await Promise.all([
    listContainers(api),
    api.ask('the networks', (docker, signal) => docker.listNetworks(withSignal({}, signal))),
    api.ask('the volumes', (docker, signal) => docker.listVolumes(withSignal({}, signal))).then(({ Volumes }) => Volumes ?? []),
    ownImages(api, owner),
    presentImages(api, desired),
  ]);
  const found = await Promise.all(containers.filter(({ Labels }) => isOf(owner, Labels)).map(({ Id }) => inspectContainer(api, Id)));
  const ownVolume = ({ Labels, Name }: VolumeInspectInfo): boolean =>
    isOf(owner, Labels) || desired.volumes.some(({ name, part }) => name === Name && isLeftFor(owner, part, Labels));
  const taken = new Map([
    ...takenBy(
      desired.containers,
      containers.flatMap(({ Names, Labels }) => Names.map((name) => [name.slice(1), Labels] as const)),
      owner,
    ),
    ...takenBy(
      desired.networks,
      networks.map(({ Name, Labels }) => [Name, Labels] as const),
      owner,
    ),
    ...takenBy(
      desired.volumes,
      volumes.filter((volume) => !ownVolume(volume)).map(({ Name, Labels }) => [Name, Labels] as const),
      owner,
    ),
  ]);
  return {
    containers: found.filter((container) => container !== undefined),
    networks: networks.filter(({ Labels }) => isOf(owner, Labels)).map(networkOf),
    volumes: volumes.filter(ownVolume).map((info) => ({ name: info.Name, part: partIn(info.Labels), labels: info.Labels, info })),
    images,
    references,
    taken,
  };
};

export const listContainers = (api: DockerApi, only?: string): ReturnType<DockerApi['docker']['listContainers']> =>
  api.ask('the containers', (docker, signal) =>
    docker.listContainers(withSignal({ all: true, ...(only === undefined ? {} : { filters: { label: [only] } }) }, signal)),
  );

/** Undefined where it went meanwhile. */
export const inspectContainer = async (api: DockerApi, id: string): Promise<ActualContainer | undefined> => {
  const info = await api.find('the container', (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }));
  return info && { id: info.Id, name: info.Name.slice(1), part: partIn(info.Config.Labels), labels: info.Config.Labels, info };
};

const networkOf = (info: NetworkInspectInfo): ActualNetwork => {
  const labels = info.Labels ?? {};
  return { id: info.Id, name: info.Name, part: partIn(labels), labels, info };
};

const ownImages = async (api: DockerApi, owner: Owner): Promise<ActualImage[]> => {
  const filters = { label: [`${label.resource}=${owner.id}`] };
  const images = await api.ask('the images', (docker, signal) => docker.listImages(withSignal({ filters }, signal)));
  // One without a name is what an import left that was cut off.
  return images.flatMap(({ Id, RepoTags, Labels }) => {
    const tags = (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
    return (tags.length > 0 ? tags : [Id]).map((reference) => ({ id: Id, reference, part: partIn(Labels ?? {}) }));
  });
};

const presentImages = async (api: DockerApi, { images }: Desired): Promise<Map<string, string>> => {
  const found = await Promise.all(
    images.map(async ({ reference }) => {
      const image = await api.find(`the image ${reference}`, (docker, signal) =>
        docker.getImage(reference).inspect(withSignal({ manifests: false }, signal)),
      );
      return image === undefined ? [] : [[reference, image.Id] as const];
    }),
  );
  return new Map(found.flat());
};

const takenBy = (
  desired: readonly { readonly part: string; readonly name: string }[],
  all: readonly (readonly [string, Labels | null | undefined])[],
  owner: Owner,
): [string, string][] =>
  desired.flatMap(({ part, name }) => {
    const other = all.find(([theirs, labels]) => theirs === name && !isOf(owner, labels));
    return other === undefined ? [] : [[part, whose(other[1])]];
  });

const whose = (labels: Labels | null | undefined): string =>
  labels?.[label.resource] === undefined
    ? 'not made by Klevr'
    : `of the resource ${labels[label.name] ?? ''} (${labels[label.resource]}) of the zone ${labels[label.zone] ?? ''}`;
