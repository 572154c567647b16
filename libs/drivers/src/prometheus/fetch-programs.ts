import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fetchPackages, readMachineSources } from '@klevr/debian-packages/private-apt';

/**
 * Fetches Debian's packages of a monitoring stack into a folder, without root and without installing them.
 * Promises: the folder appears whole or not at all; the programs in `usr/bin` of it need nothing but the C library. Does not: look for newer ones
 * later, or run beside another fetch into the same folder.
 */
export const fetchPrograms = async (
  packages: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<void> => {
  const unfinished = `${folder}.unfinished`;
  await clearUnfinished(folder);
  await fetchPackages({
    ...{ sources: await readMachineSources(), packages: [...packages], withDependencies: false, targetDir: unfinished, environment },
    ...(signal === undefined ? {} : { signal }),
  });
  await freeFromRoot(join(unfinished, 'usr/bin/prometheus-alertmanager'));
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
};

/** What a fetch left behind that was cut off: some hundred MB each. */
export const clearUnfinished = async (folder: string): Promise<void> => {
  const names = await readdir(dirname(folder)).catch(() => []);
  for (const name of names)
    if (name.startsWith(`${basename(folder)}.unfinished`)) await rm(join(dirname(folder), name), { recursive: true, force: true });
};

/** Debian's Alertmanager reads the templates of its messages from here, and nothing can tell it another folder. */
const installed = '/usr/share/prometheus/alertmanager';
/** As long as that one, and seen from the folder `usr` of the packages, where it is started. */
const besides = './///share/prometheus/alertmanager';

const freeFromRoot = async (program: string): Promise<void> => {
  const there = await stat(program).catch(() => undefined);
  if (there === undefined) return;
  // One character a byte, so that what is not touched stays as it is.
  const bytes = (await readFile(program)).toString('latin1').replaceAll(installed, besides);
  await writeFile(program, Buffer.from(bytes, 'latin1'), { mode: there.mode });
};
