import { createHash } from 'node:crypto';
import { Secret } from '@klevr/recipes/secret';
import type { DriverWork } from '../driver.js';
import { contextFiles, type ContextFile } from './build-context.js';
import { digestOf, imageTag, label, marks, nameOf, type Owner } from './docker-names.js';
import type { ContainerSpec, DockerSpec, ImageSpec, NetworkSpec, VolumeSpec } from './docker-spec.js';
import { secretMark } from './field-differences.js';

/** What a resource shall have at the engine: names, marks, and views that are compared. Made of the spec and the recipe's files; touches no engine. */
export interface DesiredImage {
  readonly part: string;
  readonly reference: string;
  /** Not named in `images`: there only because a container wants it. */
  readonly implied: boolean;
  readonly spec: ImageSpec;
  readonly context: readonly ContextFile[];
  readonly labels: Record<string, string>;
}
interface Marked<Spec> {
  /** Its name in the recipe. */
  readonly key: string;
  readonly part: string;
  readonly name: string;
  readonly spec: Spec;
  readonly view: Readonly<Record<string, unknown>>;
  readonly labels: Record<string, string>;
}
export type DesiredNetwork = Marked<NetworkSpec>;
export type DesiredVolume = Marked<VolumeSpec>;
export interface DesiredContainer extends Marked<ContainerSpec> {
  readonly image: string;
  /** Names at the engine. */
  readonly networks: readonly string[];
}
export interface Desired {
  readonly images: readonly DesiredImage[];
  readonly networks: readonly DesiredNetwork[];
  readonly volumes: readonly DesiredVolume[];
  /** Each after those that it depends on. */
  readonly containers: readonly DesiredContainer[];
}

export const desiredState = async (spec: DockerSpec, { resource, files }: Pick<DriverWork, 'resource' | 'files'>): Promise<Desired> => {
  const images = await Promise.all(Object.entries(spec.images).map(([key, image]) => desiredImage(resource, key, image, files)));
  const references = new Map(images.map(({ part, reference }) => [part, reference]));
  const implied = [...new Set(Object.values(spec.containers).map(({ image }) => image))].filter(
    (image) => !references.has(`image/${image}`),
  );
  const containers: DesiredContainer[] = [];
  for (const key of inOrder(spec.containers)) {
    const container = spec.containers[key];
    if (container === undefined) continue;
    const image = references.get(`image/${container.image}`) ?? container.image;
    containers.push(await desiredContainer(resource, key, container, image, files));
  }
  return {
    images: [...images, ...implied.map(impliedImage)],
    networks: Object.entries(spec.networks).map(([key, network]) => marked(resource, 'network', key, network, network)),
    volumes: Object.entries(spec.volumes).map(([key, volume]) => desiredVolume(resource, key, volume)),
    containers,
  };
};

/** Depth first; the spec was checked for circles. */
export const inOrder = (containers: Readonly<Record<string, { readonly dependsOn: readonly string[] }>>): string[] => {
  const order = new Set<string>();
  const add = (key: string, above: readonly string[]): void => {
    if (order.has(key) || above.includes(key)) return;
    for (const other of containers[key]?.dependsOn ?? []) add(other, [...above, key]);
    order.add(key);
  };
  for (const key of Object.keys(containers)) add(key, []);
  return [...order];
};

const desiredImage = async (owner: Owner, key: string, spec: ImageSpec, files: DriverWork['files']): Promise<DesiredImage> => {
  const part = `image/${key}`;
  if ('pull' in spec) return { part, reference: spec.pull, implied: false, spec, context: [], labels: {} };
  const context = 'build' in spec ? await contextFiles(files, spec.build.context) : [];
  const content = 'build' in spec ? context.map(({ path, digest }) => [path, digest]) : await importedContent(spec.import, files);
  const view = { spec, content };
  const labels = { ...marks(owner, part, view), [label.applied]: 'null' };
  return { part, reference: imageTag(owner, key, digestOf(view)), implied: false, spec, context, labels };
};

const importedContent = async (from: Extract<ImageSpec, { import: object }>['import'], files: DriverWork['files']): Promise<string> =>
  'file' in from ? sha256(await files.read(from.file)) : from.sha256;

const impliedImage = (reference: string): DesiredImage => ({
  ...{ part: `image/${reference}`, reference, implied: true, spec: { pull: reference }, context: [], labels: {} },
});

const marked = <Spec extends { labels: Record<string, string> }>(
  owner: Owner,
  kind: string,
  key: string,
  spec: Spec,
  view: Readonly<Record<string, unknown>>,
): Marked<Spec> => {
  const part = `${kind}/${key}`;
  return { key, part, name: nameOf(owner, key), spec, view, labels: { ...spec.labels, ...marks(owner, part, view) } };
};

const desiredVolume = (owner: Owner, key: string, spec: VolumeSpec): DesiredVolume => {
  // Whether it is kept is ours to know, and no property of the volume.
  const { data, ...view } = spec;
  const volume = marked(owner, 'volume', key, spec, view);
  return { ...volume, labels: { ...volume.labels, [label.data]: String(data) } };
};

const desiredContainer = async (
  owner: Owner,
  key: string,
  spec: ContainerSpec,
  image: string,
  files: DriverWork['files'],
): Promise<DesiredContainer> => {
  // What can be changed where it stands, or is of no matter to the engine, belongs to no view.
  const { resources: _r, restart: _p, dependsOn, settleSeconds: _s, startTimeoutSeconds: _t, env, files: placed, ...rest } = spec;
  const networks = spec.networks.map(({ network }) => nameOf(owner, network));
  const view = {
    ...rest,
    image,
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, viewed(value)])),
    files: Object.fromEntries(await Promise.all(placed.map(async (file) => [file.path, await fileView(file, files)] as const))),
  };
  const container = marked(owner, 'container', key, spec, view);
  return { ...container, image, networks, labels: { ...container.labels, [label.after]: JSON.stringify(dependsOn) } };
};

const fileView = async (
  { from, content, mode, uid, gid }: ContainerSpec['files'][number],
  files: DriverWork['files'],
): Promise<Record<string, unknown>> => ({ content: await contentView(from, content, files), mode, uid, gid });

const contentView = async (
  from: string | undefined,
  content: string | Secret | undefined,
  files: DriverWork['files'],
): Promise<unknown> => {
  if (content instanceof Secret) return secretMark(content.fingerprint);
  if (from === undefined) return `sha256:${sha256(content ?? '')}`;
  if (!from.endsWith('.liquid')) return `sha256:${sha256(await files.read(from))}`;
  const { digest, sensitive } = await files.render(from);
  return sensitive ? secretMark(digest) : `sha256:${digest}`;
};

const viewed = (value: string | number | boolean | Secret): unknown =>
  value instanceof Secret ? secretMark(value.fingerprint) : String(value);

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
