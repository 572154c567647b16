import { appendFile, rename, stat } from 'node:fs/promises';

const maxBytes = 4 * 1024 * 1024;

/** Keeps facts that the centre refused, for people to look at: one file and its predecessor, each at most about 4 MiB. */
export const refusedFactsFile =
  (path: string) =>
  async (fact: object, detail: string): Promise<void> => {
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    if (bytes > maxBytes) await rename(path, `${path}.1`);
    await appendFile(path, `${JSON.stringify({ detail, fact })}\n`, { mode: 0o600 });
  };
