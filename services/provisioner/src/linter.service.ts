import { fileURLToPath } from 'node:url';
import { manifestFile } from '@klevr/recipes/read-recipe';
import { fault, type RecipeFile } from '@klevr/recipes/recipe-files';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import type { LintedFiles } from './lint/lint-files.js';

const threadFile = fileURLToPath(new URL('../dist/lint-thread.mjs', import.meta.url));
/** One source that takes its time leaves room for who waits for an answer. */
const maxThreads = 2;
const idleTimeout = 30_000;
const resourceLimits = { maxOldGenerationSizeMb: 256 };

/**
 * Looks at recipes of other people in threads of its own.
 * Promises: whatever a recipe does there, in time or in memory, is a fault of it, and holds up nothing else of this process. Does not: keep threads that have nothing to do.
 */
@Injectable()
export class Linter implements OnApplicationShutdown {
  private readonly threads = new Piscina({ filename: threadFile, minThreads: 0, maxThreads, idleTimeout, resourceLimits });

  async lint(files: readonly RecipeFile[], signal?: AbortSignal): Promise<LintedFiles> {
    try {
      return (await this.threads.run(files, signal === undefined ? {} : { signal })) as LintedFiles;
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error;
      return { faults: [fault(manifestFile, 'the recipe with its examples and templates needs too much memory')] };
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.threads.destroy();
  }
}
