import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { provisionContracts, provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { readRecipe } from '@klevr/recipes/read-recipe';
import type { RecipeFile } from '@klevr/recipes/recipe-files';
import { RecipeShelf, type CheckedParameters, type OpenRecipe, type RecipeRef, type ShelvedRecipe } from './resources/recipe-shelf.js';

type Rpc = typeof provisionerRpc;

const file = (path: string, text: string): RecipeFile => ({ path, data: Buffer.from(text), executable: false });
/** With a plan and without one. */
const scripts = (name: string): RecipeFile[] => [
  file(
    'recipe.yaml',
    `apiVersion: klevr/v1
name: ${name}
version: 1.0.0
description: Scripts
driver: shell
parameters: { type: object, properties: { size: { type: integer } } }
outputs: { url: { value: '{{ observed.url }}' } }
spec:
  target: { any: 'role = web' }
  environment: { SIZE: '{{ parameters.size }}', TOKEN: { fromCredential: key } }
`,
  ),
  ...['apply', 'destroy', 'status'].map((stage) => file(`${stage}.sh`, `echo ${stage}`)),
  ...(name === 'planned' ? [file('plan.sh', 'echo plan')] : []),
];

/** Recipes in two versions, of scripts where they are not called web; `size` must be a number where it is given. */
class TestShelf extends RecipeShelf {
  find({ name, version = '1.0.0' }: RecipeRef): Promise<ShelvedRecipe> {
    if (!['web', 'planned', 'unplanned'].includes(name)) throw faulty('recipe.name', 'is not known');
    if (!['1.0.0', '2.0.0'].includes(version)) throw faulty('recipe.version', 'is not known; there are 1.0.0, 2.0.0');
    const pinned = {
      source: 'klevr',
      name,
      version,
      commit: 'c'.repeat(40),
      digest: `digest ${version}`,
      driver: name === 'web' ? ('pretend' as const) : ('shell' as const),
    };
    return Promise.resolve({ pinned, bytes: 100, sensitiveOutputs: ['password'], observeEverySeconds: 300 });
  }

  open({ pinned }: ShelvedRecipe): Promise<OpenRecipe> {
    const read = readRecipe(scripts(pinned.name));
    return 'faults' in read ? Promise.reject(new Error(JSON.stringify(read.faults))) : Promise.resolve(read);
  }

  check(_recipe: ShelvedRecipe, parameters: Record<string, unknown>): Promise<CheckedParameters> {
    const faults = ['size', 'count'].flatMap((name) =>
      parameters[name] === undefined || typeof parameters[name] === 'number' ? [] : [{ path: name, message: 'must be a number' }],
    );
    return Promise.resolve({ parameters: { size: 1, ...parameters }, credentials: ['key'], faults });
  }
}

const faulty = (path: string, message: string): AppError =>
  new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [{ path, message }] });

const unplayed = (): never => {
  throw new AppError('UNAVAILABLE', 'not played');
};

/** The contracts of the catalogue, which is not what is tested here. */
@Controller()
class CatalogueUnplayed {
  @HandleRequest(provisionerRpc.createSource)
  createSource(_request: RequestOf<Rpc['createSource']>, _context: MessageContext): Promise<ReplyOf<Rpc['createSource']>> {
    return unplayed();
  }
  @HandleRequest(provisionerRpc.listSources)
  listSources(_request: RequestOf<Rpc['listSources']>, _context: MessageContext): Promise<ReplyOf<Rpc['listSources']>> {
    return unplayed();
  }
  @HandleRequest(provisionerRpc.getSource)
  getSource(_request: RequestOf<Rpc['getSource']>, _context: MessageContext): Promise<ReplyOf<Rpc['getSource']>> {
    return unplayed();
  }
  @HandleRequest(provisionerRpc.updateSource)
  updateSource(_request: RequestOf<Rpc['updateSource']>, _context: MessageContext): Promise<ReplyOf<Rpc['updateSource']>> {
    return unplayed();
  }
  @HandleRequest(provisionerRpc.deleteSource)
  deleteSource(_request: RequestOf<Rpc['deleteSource']>, _context: MessageContext): Promise<ReplyOf<Rpc['deleteSource']>> {
    return unplayed();
  }
  @HandleRequest(provisionerRpc.syncSource)
  syncSource(_request: RequestOf<Rpc['syncSource']>, _context: MessageContext): Promise<ReplyOf<Rpc['syncSource']>> {
    return unplayed();
  }
  @HandleRequest(provisionerRpc.listRecipes)
  listRecipes(_request: RequestOf<Rpc['listRecipes']>, _context: MessageContext): Promise<ReplyOf<Rpc['listRecipes']>> {
    return unplayed();
  }
  @HandleRequest(provisionerRpc.getRecipe)
  getRecipe(_request: RequestOf<Rpc['getRecipe']>, _context: MessageContext): Promise<ReplyOf<Rpc['getRecipe']>> {
    return unplayed();
  }
  @HandleRequest(provisionerRpc.lintRecipe)
  lintRecipe(_request: RequestOf<Rpc['lintRecipe']>, _context: MessageContext): Promise<ReplyOf<Rpc['lintRecipe']>> {
    return unplayed();
  }
  @HandleRequest(provisionContracts.files)
  files(_request: RequestOf<typeof provisionContracts.files>, _context: MessageContext): Promise<ReplyOf<typeof provisionContracts.files>> {
    return unplayed();
  }
}

/** In the place of the catalogue. */
export const playedCatalogue = { controllers: [CatalogueUnplayed], providers: [{ provide: RecipeShelf, useClass: TestShelf }] };
