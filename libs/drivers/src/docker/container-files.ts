import { posix } from 'node:path';
import { Secret } from '@klevr/recipes/secret';
import type { RecipeFiles } from '../driver.js';
import { withSignal, type DockerApi } from './docker-api.js';
import type { ContainerSpec } from './docker-spec.js';
import { tarOf } from './tar-of.js';

/** Puts files into a container that was made and has not started yet. Folders that are there keep their mode. */
export const putFiles = async (api: DockerApi, id: string, spec: ContainerSpec, files: RecipeFiles): Promise<void> => {
  const bases = new Map<string, ContainerSpec['files']>();
  for (const file of spec.files) bases.set(baseOf(spec, file.path), [...(bases.get(baseOf(spec, file.path)) ?? []), file]);
  for (const [base, placed] of bases) await putBelow(api, id, base, placed, files);
};

/** Where the root file system cannot be written the engine takes files only for a volume. */
const baseOf = ({ readonlyRootfs, mounts }: ContainerSpec, path: string): string => {
  if (readonlyRootfs !== true) return '/';
  const above = mounts.filter((mount) => 'volume' in mount && path.startsWith(`${mount.path}/`)).map((mount) => mount.path);
  return above.sort((a, b) => b.length - a.length)[0] ?? '/';
};

const putBelow = async (api: DockerApi, id: string, base: string, placed: ContainerSpec['files'], files: RecipeFiles): Promise<void> => {
  const inside = (path: string): string => posix.relative(base, path);
  const missing = await missingFolders(api, id, base, placed);
  const folders = missing.map((folder) => ({ header: { name: `${inside(folder)}/`, type: 'directory' as const, mode: 0o755 } }));
  const contents = await Promise.all(
    placed.map(async ({ path, from, content, mode, uid, gid }) => ({
      header: { name: inside(path), mode: Number.parseInt(mode, 8), uid, gid },
      content: await contentOf(from, content, files),
    })),
  );
  const tar = await tarOf([...folders, ...contents]);
  await api.ask('putting files into the container', (docker, signal) =>
    docker.getContainer(id).putArchive(tar, withSignal({ path: base, noOverwriteDirNonDir: 'true' }, signal)),
  );
};

const contentOf = async (from: string | undefined, content: Secret | string | undefined, files: RecipeFiles): Promise<Buffer> => {
  if (content instanceof Secret) return Buffer.from(content.reveal());
  if (from === undefined) return Buffer.from(content ?? '');
  if (!from.endsWith('.liquid')) return files.read(from);
  const { text, known } = await files.render(from);
  // What a plan may do without, a container may not.
  if (!known) throw new Error(`${from} cannot be made, as a secret of it is not here`);
  return Buffer.from(text);
};

const missingFolders = async (api: DockerApi, id: string, base: string, placed: ContainerSpec['files']): Promise<string[]> => {
  const all = new Set(placed.flatMap(({ path }) => foldersAbove(path, base)));
  const missing: string[] = [];
  for (const folder of all) {
    const below = missing.some((upper) => folder.startsWith(`${upper}/`));
    if (below || !(await isThere(api, id, folder))) missing.push(folder);
  }
  return missing;
};

const isThere = async (api: DockerApi, id: string, path: string): Promise<boolean> =>
  (await api.find(path, (docker, signal) => docker.getContainer(id).infoArchive(withSignal({ path }, signal)))) !== undefined;

/** From below the base on, which itself is always there. */
const foldersAbove = (path: string, base: string): string[] => {
  const above: string[] = [];
  for (let folder = posix.dirname(path); folder !== base; folder = posix.dirname(folder)) above.unshift(folder);
  return above;
};
