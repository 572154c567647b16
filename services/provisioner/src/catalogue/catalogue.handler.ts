import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { provisionContracts, provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { RecipesService } from './recipes.service.js';
import { SourcesService } from './sources.service.js';

type Rpc = typeof provisionerRpc;
type Asked<V extends keyof Rpc> = RequestOf<Rpc[V]>;
type Told<V extends keyof Rpc> = Promise<ReplyOf<Rpc[V]>>;

/** What the gateway asks about sources and recipes, and the workers for files. */
@Controller()
export class CatalogueHandler {
  constructor(
    private readonly sources: SourcesService,
    private readonly recipes: RecipesService,
  ) {}

  @HandleRequest(provisionerRpc.createSource)
  createSource(request: Asked<'createSource'>, _context: MessageContext): Told<'createSource'> {
    return this.sources.create(request);
  }

  @HandleRequest(provisionerRpc.listSources)
  listSources(query: Asked<'listSources'>, _context: MessageContext): Told<'listSources'> {
    return this.sources.list(query);
  }

  @HandleRequest(provisionerRpc.getSource)
  getSource({ source }: Asked<'getSource'>, _context: MessageContext): Told<'getSource'> {
    return this.sources.get(source);
  }

  @HandleRequest(provisionerRpc.updateSource)
  updateSource(request: Asked<'updateSource'>, _context: MessageContext): Told<'updateSource'> {
    return this.sources.update(request);
  }

  @HandleRequest(provisionerRpc.deleteSource)
  deleteSource(request: Asked<'deleteSource'>, _context: MessageContext): Told<'deleteSource'> {
    return this.sources.remove(request);
  }

  @HandleRequest(provisionerRpc.syncSource)
  syncSource(request: Asked<'syncSource'>, _context: MessageContext): Told<'syncSource'> {
    return this.sources.sync(request);
  }

  @HandleRequest(provisionerRpc.listRecipes)
  listRecipes(query: Asked<'listRecipes'>, _context: MessageContext): Told<'listRecipes'> {
    return this.recipes.list(query);
  }

  @HandleRequest(provisionerRpc.getRecipe)
  getRecipe(request: Asked<'getRecipe'>, _context: MessageContext): Told<'getRecipe'> {
    return this.recipes.get(request);
  }

  @HandleRequest(provisionerRpc.lintRecipe)
  lintRecipe(request: Asked<'lintRecipe'>, _context: MessageContext): Told<'lintRecipe'> {
    return this.recipes.lint(request);
  }

  @HandleRequest(provisionContracts.files)
  files(request: RequestOf<typeof provisionContracts.files>, _context: MessageContext): Promise<ReplyOf<typeof provisionContracts.files>> {
    return this.recipes.piece(request);
  }
}
