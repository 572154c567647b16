import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BadArchive } from './archive.js';
import { pathFault, type RecipeFile } from './recipe-files.js';

/** Into a folder that is new and nobody else's: nothing that is there is replaced. */
export const writeFiles = async (files: readonly RecipeFile[], folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { path, data, executable } of files) {
    const wrong = pathFault(path);
    if (wrong !== undefined) throw new BadArchive(`${path.slice(0, 255)} ${wrong}`);
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, path), data, { mode: executable ? 0o700 : 0o600, flag: 'wx' });
  }
};
