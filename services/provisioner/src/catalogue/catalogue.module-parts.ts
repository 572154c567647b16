import type { Provider, Type } from '@nestjs/common';

/** What the catalogue adds to the service: its handlers, and everything behind them. One of the providers is `RecipeShelf` (resources/recipe-shelf.ts). */
export const catalogueControllers: readonly Type[] = [];
export const catalogueProviders: readonly Provider[] = [];
