import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The workspace's root: this file is in `libs/launcher/{src,dist}`. */
export const workspaceRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Where everything that a started system keeps is kept; KLEVR_HOME moves it. Absolute. */
export function klevrHome(env: NodeJS.ProcessEnv): string {
  return resolve(workspaceRoot, env.KLEVR_HOME ?? '.klevr');
}

/** Fetched server programs: kept when the data is reset, shared by tests. */
export function serverCacheDir(home: string): string {
  return join(home, 'servers');
}
