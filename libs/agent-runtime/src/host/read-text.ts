import { readFile } from 'node:fs/promises';

/** What the file says, without blanks around it; undefined where it cannot be read. */
export const readText = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
