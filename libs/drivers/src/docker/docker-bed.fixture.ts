import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@klevr/contracts/resource';
import { DockerEngine } from '@klevr/testing/docker-engine';
import type { Driver, DriverWork, RecipeFiles } from '../driver.js';
import type { DriverBed, Resource, Spec } from '../driver-lives.fixture.js';
import { hostIn, workOf } from '../work.fixture.js';
import { openDockerDriver } from './docker-driver.js';

/** A Docker Engine of its own with one image, for the driver's tests. */
export const testImage = 'klevr-test/busybox:1';
export interface EngineThing {
  readonly Id: string;
  readonly Names?: string[];
  readonly Name?: string;
  readonly State?: string;
  readonly Labels: Record<string, string> | null;
  readonly RepoTags?: string[] | null;
}

export class DockerBed implements DriverBed {
  readonly said: string[] = [];
  /** Instead of those in `recipeFolder`. */
  files: RecipeFiles | undefined;
  private id: string | undefined;

  private constructor(
    readonly engine: DockerEngine,
    readonly folder: string,
    readonly recipeFolder: string,
  ) {}

  static async open(): Promise<DockerBed> {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-docker-'));
    const bed = new DockerBed(await DockerEngine.start(), folder, join(folder, 'recipe'));
    try {
      await mkdir(bed.recipeFolder);
      await bed.engine.makeImage('klevr-test/busybox', '1');
      return bed;
    } catch (error) {
      await bed.close();
      throw error;
    }
  }

  /** By another way to the engine, where one is given. */
  async open(socket = this.engine.socket): Promise<Driver> {
    return openDockerDriver(hostIn(this.folder, { dockerSocket: socket }));
  }

  async work(resource: Resource, spec: Spec, signal: AbortSignal): Promise<DriverWork> {
    this.id ??= ((await this.engine.ask('GET', '/info')) as { ID: string }).ID;
    const engine: Engine = { driver: 'docker', id: this.id, version: '20.10', description: '' };
    const { folder, recipeFolder } = this;
    const work = await workOf({ ...{ engine, folder, recipeFolder, spec, resource, signal }, say: (line) => void this.said.push(line) });
    return { ...work, files: this.files ?? work.files };
  }

  /** One container only, as each start of one takes the most of the time. */
  readonly spec: Spec = {
    networks: { inner: {} },
    volumes: { data: {} },
    containers: { site: { ...sleeper, networkMode: 'none', mounts: [{ volume: 'data', path: '/data' }] } },
  };

  readonly changed: Spec = {
    ...this.spec,
    networks: { inner: { internal: true } },
    containers: { site: { ...sleeper, networkMode: 'none', env: { COLOUR: 'green' } } },
  };

  async things(): Promise<string[]> {
    const [containers, networks, volumes, images] = await Promise.all([
      this.containers(),
      this.engine.ask('GET', '/networks') as Promise<EngineThing[]>,
      (this.engine.ask('GET', '/volumes') as Promise<{ Volumes: { Name: string; CreatedAt: string }[] | null }>).then(
        ({ Volumes }) => Volumes ?? [],
      ),
      this.engine.ask('GET', '/images/json') as Promise<EngineThing[]>,
    ]);
    return [
      ...containers.map(({ Names, State, Id }) => `container ${Names?.[0]} ${State}#${Id}`),
      ...networks.map(({ Name, Id }) => `network ${Name}#${Id}`),
      ...volumes.map(({ Name, CreatedAt }) => `volume ${Name}#${CreatedAt}`),
      ...images.map(({ RepoTags, Id }) => `image ${RepoTags?.[0] ?? 'none'}#${Id}`),
    ];
  }

  async spoil({ name }: Resource): Promise<void> {
    await this.engine.ask('DELETE', `/containers/${name}-site?force=1`);
  }

  containers(): Promise<EngineThing[]> {
    return this.engine.ask('GET', '/containers/json?all=1') as Promise<EngineThing[]>;
  }

  async close(): Promise<void> {
    await this.engine.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** It ends at once when it is told to. */
export const sleeper = {
  ...{ image: testImage, command: ['sleep', '1000'], init: false, stopSignal: 'SIGKILL', settleSeconds: 0 },
};
