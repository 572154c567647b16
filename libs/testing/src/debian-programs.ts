/**
 * Finds programs that a test needs beside the servers of every run: on PATH, in the cache of the servers, or fetched from Debian's packages into that cache
 * (no root, nothing installed). Promises: works offline once cached; two processes may ask at once. Does not ask for versions.
 */
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { fetchPackages, readMachineSources } from '@klevr/debian-packages/private-apt';

export interface WantedPrograms {
  /** The folder in the cache. */
  readonly name: string;
  /** All of them must be there. */
  readonly programs: readonly string[];
  readonly packages: readonly string[];
  /** Also the machine's own ones. Default: true. */
  readonly installed?: boolean;
}

export interface FoundPrograms {
  /** Where each program is. */
  readonly paths: Readonly<Record<string, string>>;
  /** PATH with the programs' folders first, and the library path that extracted ones need. */
  readonly env: Readonly<Record<string, string>>;
  /** The extracted tree; undefined where the machine has the programs itself. */
  readonly root: string | undefined;
}

const folders = ['usr/bin', 'usr/sbin', 'bin', 'sbin', 'usr/libexec', 'usr/lib'];
const onPath = (): string[] => [...new Set([...(process.env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin', '/sbin'])];

export const findPrograms = async (wanted: WantedPrograms): Promise<FoundPrograms> => {
  const own = wanted.installed === false ? undefined : await allIn(onPath(), wanted.programs);
  if (own !== undefined) return { paths: own, env: { PATH: onPath().join(delimiter) }, root: undefined };
  const root = join(serverCacheDir(klevrHome(process.env)), wanted.name);
  const cached = await extracted(root, wanted);
  if (cached !== undefined) return cached;
  try {
    await fetchPackages({
      ...{ sources: await readMachineSources(), packages: [...wanted.packages], withDependencies: true, targetDir: root },
      environment: process.env,
    });
  } catch (error) {
    // Another process may have put it there meanwhile.
    const theirs = await extracted(root, wanted);
    if (theirs === undefined) throw error;
    return theirs;
  }
  const fetched = await extracted(root, wanted);
  if (fetched === undefined) throw new Error(`the packages ${wanted.packages.join(', ')} do not hold all of ${wanted.programs.join(', ')}`);
  return fetched;
};

const extracted = async (root: string, { programs }: WantedPrograms): Promise<FoundPrograms | undefined> => {
  const dirs = folders.map((folder) => join(root, folder));
  const paths = await allIn(dirs, programs);
  if (paths === undefined) return undefined;
  const libraries = await libraryFolders(root);
  return {
    paths,
    env: {
      PATH: [...dirs, ...onPath()].join(delimiter),
      ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(delimiter) }),
    },
    root,
  };
};

const allIn = async (dirs: readonly string[], programs: readonly string[]): Promise<Record<string, string> | undefined> => {
  const paths: Record<string, string> = {};
  for (const program of programs) {
    const path = await firstExecutable(dirs.map((dir) => join(dir, program)));
    if (path === undefined) return undefined;
    paths[program] = path;
  }
  return paths;
};

const firstExecutable = async (paths: readonly string[]): Promise<string | undefined> => {
  for (const path of paths) {
    const fits = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (fits) return path;
  }
  return undefined;
};

const libraryFolders = async (root: string): Promise<string[]> => {
  const found: string[] = [];
  for (const base of [join(root, 'lib'), join(root, 'usr/lib')]) {
    const entries = await readdir(base, { withFileTypes: true }).catch(() => []);
    found.push(...entries.filter((entry) => entry.isDirectory() && entry.name.includes('-linux-')).map((entry) => join(base, entry.name)));
  }
  return found;
};
