import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPortFree } from '@klevr/launcher/free-ports';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import type { DriverWork } from '../driver.js';
import { hostIn, workOf } from '../work.fixture.js';
import { fetchPrograms } from './fetch-programs.js';
import { ownProcesses, signal } from './own-processes.js';
import { openPrometheusDriver } from './prometheus-driver.js';
import { missingOf, packagesOf, programsIn } from './programs.js';
import { stackFolderOf } from './stack-look.js';

/** The real programs: fetched once from Debian's packages into the cache of the tests' servers. Answers their folder. */
export const realPrograms = async (): Promise<string> => {
  const needed = ['prometheus', 'promtool', 'alertmanager', 'amtool', 'nodeExporter'] as const;
  const cache = join(serverCacheDir(klevrHome(process.env)), 'prometheus');
  const folder = join(cache, 'usr/bin');
  if (missingOf(await programsIn([folder]), needed).length > 0) {
    await mkdir(serverCacheDir(klevrHome(process.env)), { recursive: true });
    await fetchPrograms(packagesOf(needed), cache, process.env);
  }
  return folder;
};

/** A worker's folder, and stacks of it that all end with it. */
export class StackBed {
  private constructor(
    readonly folder: string,
    readonly programs: string,
  ) {}

  static async open(): Promise<StackBed> {
    const programs = await realPrograms();
    return new StackBed(await mkdtemp(join(tmpdir(), 'klevr-stack-')), programs);
  }

  driver(): ReturnType<typeof openPrometheusDriver> {
    return openPrometheusDriver(hostIn(join(this.folder, 'host')));
  }

  async work(given: {
    resource: { id: string; name: string };
    spec: object;
    recipeFolder?: string;
    signal?: AbortSignal;
  }): Promise<DriverWork> {
    const driver = this.driver();
    const [engine] = await driver.engines();
    if (engine === undefined) throw new Error('there is no engine');
    const folder = join(this.folder, 'work');
    const recipeFolder = given.recipeFolder ?? join(this.folder, 'recipe');
    await mkdir(recipeFolder, { recursive: true });
    return workOf({
      ...{ engine, folder, recipeFolder, resource: given.resource },
      spec: { binaries: { folder: this.programs }, ...given.spec },
      ...(given.signal === undefined ? {} : { signal: given.signal }),
    });
  }

  stack(resourceId: string, ...path: string[]): string {
    return join(stackFolderOf(join(this.folder, 'host'), resourceId), ...path);
  }

  async processes(resourceId?: string) {
    const owner = await readFile(join(this.folder, 'host/owner'), 'utf8').catch(() => undefined);
    if (owner === undefined) return [];
    return (await ownProcesses(owner.trim())).filter((one) => resourceId === undefined || one.resourceId === resourceId);
  }

  async kill(resourceId: string, name: string): Promise<number> {
    const [found] = (await this.processes(resourceId)).filter((one) => one.name === name);
    if (found === undefined) throw new Error(`${name} does not run`);
    await signal(found, 'SIGKILL');
    return found.pid;
  }

  async close(): Promise<void> {
    for (const left of await this.processes()) await signal(left, 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Of a first port: all of them are free when it is asked for. Below those that the kernel gives to connections: one of these would soon take a port of the row. */
export const consecutivePorts = async (count: number): Promise<number> => {
  for (;;) {
    const first = randomInt(20_000, 32_000);
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isPortFree(first + index)));
    if (!free.includes(false)) return first;
  }
};
