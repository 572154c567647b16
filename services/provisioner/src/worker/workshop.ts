import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '@klevr/contracts/resource';
import type { DriverSession, StateKeeper } from '@klevr/drivers/driver';
import type { SecretValue } from '@klevr/recipes/secret';
import type { DriverRegistry } from './driver-registry.js';
import { prepare, type Prepared } from './prepared.js';
import type { OpenRecipe, RecipeCache } from './recipe-cache.js';
import type { KeptResource } from './resource-journal.js';

/** Opens what works at an engine for one resource: its recipe with its values, in a session of the driver. */
export type Desired = Pick<KeptResource, 'resource' | 'recipe' | 'parameters' | 'zoneName'>;

export interface OpenWith {
  readonly engine: Engine;
  readonly secrets: ReadonlyMap<string, SecretValue>;
  readonly state: StateKeeper;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface OpenWork {
  readonly recipe: OpenRecipe;
  readonly prepared: Prepared;
  readonly session: DriverSession;
  /** Of the session, and the files of the recipe may go. */
  close(): Promise<void>;
}

export class Workshop {
  constructor(
    private readonly drivers: Pick<DriverRegistry, 'get'>,
    private readonly recipes: Pick<RecipeCache, 'open' | 'hold'>,
    private readonly folder: string,
  ) {}

  async open(desired: Desired, given: OpenWith): Promise<OpenWork> {
    const letGo = this.recipes.hold(desired.recipe.digest);
    try {
      const work = await this.opened(desired, given);
      return { ...work, close: () => work.session.close().finally(letGo) };
    } catch (error) {
      letGo();
      throw error;
    }
  }

  private async opened({ resource, recipe: pinned, parameters, zoneName }: Desired, { secrets, ...given }: OpenWith) {
    const recipe = await this.recipes.open(pinned.digest, given.signal);
    if (recipe.manifest.driver !== pinned.driver) throw new Error(`the recipe is for the driver ${recipe.manifest.driver}`);
    const prepared = prepare(recipe, { resource, zoneName, parameters, secrets });
    const folder = join(this.folder, resource.id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const driver = await this.drivers.get(pinned.driver);
    const { spec, files } = prepared;
    const session = await driver.open({ ...given, resource: { ...resource, zoneName }, spec, files, folder });
    return { recipe, prepared, session };
  }

  /** The resource is gone, and with it what this worker kept for it. */
  async clear(resourceId: string): Promise<void> {
    await rm(join(this.folder, resourceId), { recursive: true, force: true });
  }
}
