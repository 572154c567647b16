import { open, rename } from 'node:fs/promises';
import { syncFolder } from '../journal/append-file.js';

/** Replaces a file in one step: after a crash there is the old content or the new one, whole, readable by the owner alone. */
export const writeAtomically = async (path: string, text: string): Promise<void> => {
  const fresh = `${path}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, path);
  await syncFolder(path);
};
