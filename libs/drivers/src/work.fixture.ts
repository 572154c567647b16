import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@klevr/contracts/ids';
import type { Engine } from '@klevr/contracts/resource';
import { SystemClock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { DriverHost, DriverWork, StateKeeper } from './driver.js';

/** What drivers are given by a worker, for their tests: without a centre, without templates. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
  child: () => silentLog,
};

export const hostIn = (folder: string, settings: DriverHost['settings'] = {}): DriverHost => ({
  ...{ folder, settings, clock: new SystemClock(), log: silentLog },
  environment: { PATH: process.env['PATH'] ?? '', HOME: folder },
});

export interface WorkOf {
  readonly engine: Engine;
  /** Where the resource's private folder is made. */
  readonly folder: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly resource?: Partial<DriverWork['resource']>;
  /** The recipe's folder; files are given as they are. */
  readonly recipeFolder?: string;
  readonly state?: StateKeeper;
  readonly signal?: AbortSignal;
  readonly say?: (line: string) => void;
}

export const workOf = async ({
  engine,
  folder,
  spec,
  resource,
  recipeFolder = folder,
  state,
  signal,
  say,
}: WorkOf): Promise<DriverWork> => {
  const whole = { id: newId('resource'), name: 'web', zoneName: 'test', revision: 1, ...resource };
  const own = join(folder, whole.id);
  await mkdir(own, { recursive: true });
  const list = await readdir(recipeFolder, { recursive: true });
  const read = (path: string): Promise<Buffer> => readFile(join(recipeFolder, path));
  const render = async (path: string): ReturnType<DriverWork['files']['render']> => {
    const text = (await read(path)).toString();
    return { text, sensitive: false, known: true, digest: createHash('sha256').update(text).digest('hex') };
  };
  return {
    ...{ engine, resource: whole, spec, folder: own, state: state ?? new StateInMemory(), say: say ?? (() => undefined) },
    files: { folder: recipeFolder, list: () => list, read, render },
    signal: signal ?? new AbortController().signal,
  };
};

/** The centre's side of a state, without a centre. */
export class StateInMemory implements StateKeeper {
  content: Buffer | undefined;
  locked = false;

  async lock(): Promise<Buffer | undefined> {
    this.locked = true;
    return this.content;
  }

  async write(state: Buffer): Promise<void> {
    if (!this.locked) throw new Error('the state is not held');
    this.content = state;
  }

  async unlock(): Promise<void> {
    this.locked = false;
  }
}
