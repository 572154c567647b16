import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DesiredStack } from './desired-stack.js';
import type { StackProcess } from './stack-process.js';
import type { OwnProcess } from './own-processes.js';
import { namesIn } from './programs.js';
import type { StackFile } from './stack-file.js';
import { seeFile, type SeenFile, type StackFolder, type StackRecord } from './stack-folder.js';
import { loadedConfig } from './stack-http.js';

/** What of a stack is there; nothing is touched. */
export interface SeenStack {
  readonly record: StackRecord | undefined;
  /** Names in its folder, data and what a work that was cut off left there apart. */
  readonly names: readonly string[];
  readonly unfinished: readonly string[];
  readonly data: readonly string[];
  readonly files: ReadonlyMap<string, SeenFile>;
  readonly processes: readonly OwnProcess[];
  /** Of those that run: whether they have read their configuration as it is now. */
  readonly loaded: ReadonlyMap<string, 'loaded' | 'stale' | 'refused' | 'silent'>;
}

const unfinishedName = /^new-/;

export const lookAtStack = async (
  folder: StackFolder,
  desired: DesiredStack | undefined,
  running: readonly OwnProcess[],
): Promise<SeenStack> => {
  const record = await folder.record();
  const names = await namesIn(folder.root);
  const files = await Promise.all(
    (desired?.files ?? []).map(async (file): Promise<[string, SeenFile]> => [file.part, await seeFile(file, record)]),
  );
  const loaded = await Promise.all(
    (desired?.processes ?? [])
      .filter(({ name }) => running.some((one) => one.name === name))
      .map(async (process): Promise<[string, 'loaded' | 'stale' | 'refused' | 'silent']> => [process.name, await loadedBy(process)]),
  );
  return {
    ...{ record, files: new Map(files), processes: running, loaded: new Map(loaded) },
    names: names.filter((name) => name !== 'data' && !unfinishedName.test(name)),
    unfinished: names.filter((name) => unfinishedName.test(name)),
    data: await namesIn(folder.at('data')),
  };
};

/** When the newest of its files was written; 0 where none is there. */
export const newestChangeMs = async (paths: readonly string[]): Promise<number> => {
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(0, ...times);
};

const loadedBy = async ({ url, reload }: StackProcess): Promise<'loaded' | 'stale' | 'refused' | 'silent'> => {
  if (reload === undefined) return 'loaded';
  const told = await loadedConfig(url, reload.metrics);
  if (told === undefined) return 'silent';
  if (told.atMs > (await newestChangeMs(reload.files))) return told.successful ? 'loaded' : 'refused';
  return told.successful ? 'stale' : 'refused';
};

/** Files that the record names and that shall not be there any more. */
export const surplusFiles = (record: StackRecord | undefined, desired: readonly StackFile[]): { part: string; path: string }[] => {
  const wanted = new Set(desired.map(({ part }) => part));
  return Object.entries(record?.files ?? {}).flatMap(([part, { path }]) => (wanted.has(part) ? [] : [{ part, path }]));
};

export const stackFolderOf = (hostFolder: string, resourceId: string): string => join(hostFolder, 'stacks', resourceId);
