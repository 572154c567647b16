import { createHash } from 'node:crypto';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { constants } from 'node:fs';
import type { RecipeFault } from '@klevr/contracts/catalogue';
import { recipeLimits } from '@klevr/contracts/recipe';

/** A file of a recipe's folder. `path` is relative to it, its parts parted by `/`. */
export interface RecipeFile {
  readonly path: string;
  readonly data: Buffer;
  readonly executable: boolean;
}

export const fault = (file: string, message: string, line: number | null = null, column: number | null = null): RecipeFault => ({
  ...{ file, line, column, message },
});

/** What is wrong with a path, wherever it came from; undefined for one that stays in its folder. */
export const pathFault = (path: string): string | undefined => {
  if (path === '' || Buffer.byteLength(path) > 255) return 'must have a path of 1 to 255 bytes';
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f\\]/.test(path)) return 'must have no control character and no backslash in its path';
  if (path.startsWith('/') || path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    return 'must lie inside the folder of the recipe';
  }
  return undefined;
};

/** Every fault of a folder's list of files: paths, duplicates, one that is a folder of another, limits. */
export const faultsOfFiles = (files: readonly { readonly path: string; readonly bytes: number }[]): RecipeFault[] => {
  const paths = new Set<string>();
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
  const faults = files.flatMap(({ path, bytes }) => {
    const wrong = [pathFault(path)];
    if (paths.has(path)) wrong.push('is there twice');
    if (folders.has(path)) wrong.push('is a file and a folder');
    if (bytes > recipeLimits.fileBytes) wrong.push(`has ${bytes} bytes; ${recipeLimits.fileBytes} are possible`);
    paths.add(path);
    return wrong.filter((message) => message !== undefined).map((message) => fault(path.slice(0, 255), message));
  });
  if (files.length > recipeLimits.files) faults.push(fault('', `has ${files.length} files; ${recipeLimits.files} are possible`));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > recipeLimits.bytes) faults.push(fault('', `has ${bytes} bytes; ${recipeLimits.bytes} are possible`));
  return faults;
};

/** SHA-256 of paths, modes and contents, in the order of the paths' bytes. The same folder has the same, wherever and whenever it was read. */
export const digestOf = (files: readonly RecipeFile[]): string => {
  const hash = createHash('sha256');
  for (const { path, data, executable } of sorted(files)) {
    hash
      .update(`${executable ? 'x' : '-'} ${Buffer.byteLength(path)} ${data.length}\n`)
      .update(path)
      .update(data);
  }
  return hash.digest('hex');
};

export const sorted = (files: readonly RecipeFile[]): RecipeFile[] =>
  files.toSorted((one, other) => Buffer.compare(Buffer.from(one.path), Buffer.from(other.path)));

/** Links are faults, as are sockets and the like; nothing outside the folder is read. Stops listing past the limit of files. */
export const readFolder = async (folder: string): Promise<{ files: RecipeFile[]; faults: RecipeFault[] }> => {
  const faults: RecipeFault[] = [];
  const found: { path: string; bytes: number; executable: boolean }[] = [];
  const list = async (under: string): Promise<void> => {
    const entries = await readdir(join(folder, under), { withFileTypes: true });
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const path = under === '' ? entry.name : `${under}/${entry.name}`;
      if (found.length > recipeLimits.files || faults.length > recipeLimits.files) return;
      if (entry.name === '.git') continue;
      if (entry.isDirectory()) await list(path);
      else if (entry.isFile()) {
        const { size, mode } = await lstat(join(folder, path));
        found.push({ path, bytes: size, executable: (mode & 0o100) !== 0 });
      } else faults.push(fault(path, entry.isSymbolicLink() ? 'is a link; a recipe has files and folders only' : 'is not a file'));
    }
  };
  await list('');
  faults.push(...faultsOfFiles(found));
  if (faults.length > 0) return { files: [], faults };
  const files: RecipeFile[] = [];
  for (const { path, executable } of found) files.push({ path, executable, data: await readPlain(join(folder, path)) });
  return { files, faults: [] };
};

/** Not through a link that came there since it was listed. */
const readPlain = async (path: string): Promise<Buffer> => {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
};

const foldersOf = (path: string): string[] => {
  const parts = path.split('/').slice(0, 64);
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
};
