import type { Provider, Type } from '@nestjs/common';
import { RecipeShelf } from '../resources/recipe-shelf.js';
import { Linter } from '../linter.service.js';
import { CatalogueLife } from './catalogue-life.service.js';
import { CatalogueShelf } from './catalogue-shelf.service.js';
import { CatalogueHandler } from './catalogue.handler.js';
import { GitClient } from './git.client.js';
import { RecipesService } from './recipes.service.js';
import { RecipesStore } from './recipes.store.js';
import { SourceReader } from './source-reader.service.js';
import { SourcesService } from './sources.service.js';
import { SourcesStore } from './sources.store.js';
import { SyncService } from './sync.service.js';
import { SyncStore } from './sync.store.js';

/** What the catalogue adds to the service: its handlers, and everything behind them. One of the providers is `RecipeShelf` (resources/recipe-shelf.ts). */
export const catalogueControllers: readonly Type[] = [CatalogueHandler];
export const catalogueProviders: readonly Provider[] = [
  ...[SourcesStore, SyncStore, RecipesStore, GitClient, SourceReader, SyncService, SourcesService, RecipesService, Linter, CatalogueLife],
  { provide: RecipeShelf, useClass: CatalogueShelf },
];
