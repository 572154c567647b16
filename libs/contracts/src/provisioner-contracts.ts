import { z } from 'zod';
import { ZoneScope } from './access.js';
import { CreateSource, LintRecipe, LintReport, Recipe, RecipeSummary, Source, UpdateSource } from './catalogue.js';
import { Actor, Idempotency, page, PageQuery, rpc, type ConsumerContract, type RequestContract } from './contract.js';
import { Event } from './event.js';
import { OperationId, ResourceId, ZoneId } from './ids.js';
import { provisionAsks, type ProvisionVerb } from './provision.js';
import { DriverName, RecipeName } from './recipe.js';
import {
  ApplyResource,
  CreateResource,
  DestroyResource,
  Operation,
  resourceStatuses,
  Resource,
  Revision,
  RollbackResource,
  UpdateResource,
} from './resource.js';
import { streams } from './streams.js';
import { subjects } from './subjects.js';
import { ZoneRef } from './zone.js';

const by = { actor: Actor, idempotency: Idempotency.optional() };
const Done = z.object({});
const ifRevision = z.number().int().optional();
const SourceRef = z.string().min(1).max(64).describe('id or name');

/** Asked by the gateway. A resource that its reader may not see is NOT_FOUND there. */
export const provisionerRpc = {
  createSource: rpc('provisioner', 'createSource', z.object({ ...by, source: CreateSource }), Source),
  listSources: rpc('provisioner', 'listSources', PageQuery, page(Source)),
  getSource: rpc('provisioner', 'getSource', z.object({ source: SourceRef }), Source),
  updateSource: rpc(
    'provisioner',
    'updateSource',
    z.object({ actor: Actor, source: SourceRef, changes: UpdateSource, ifRevision }),
    Source,
  ),
  /** WRONG_STATE for the one that comes with Klevr, CONFLICT while resources use its recipes. */
  deleteSource: rpc('provisioner', 'deleteSource', z.object({ actor: Actor, source: SourceRef, ifRevision }), Done),
  /** Begins at once, answers when it has ended; a fault of the repository is in the source's status. */
  syncSource: rpc('provisioner', 'syncSource', z.object({ ...by, source: SourceRef }), Source),
  listRecipes: rpc(
    'provisioner',
    'listRecipes',
    PageQuery.extend({ source: SourceRef.optional(), driver: DriverName.optional() }),
    page(RecipeSummary),
  ),
  /** Of the source `klevr` if none is named and there is one, else of any; CONFLICT where several have it. */
  getRecipe: rpc(
    'provisioner',
    'getRecipe',
    z.object({ name: RecipeName, source: SourceRef.optional(), version: z.string().max(64).optional() }),
    Recipe,
  ),
  createResource: rpc(
    'provisioner',
    'createResource',
    z.object({ ...by, zoneId: ZoneId, zoneName: z.string(), resource: CreateResource }),
    Resource,
  ),
  listResources: rpc(
    'provisioner',
    'listResources',
    PageQuery.extend({
      zone: ZoneRef.optional(),
      scope: ZoneScope,
      status: z.enum(resourceStatuses).optional(),
      recipe: RecipeName.optional(),
    }),
    page(Resource),
  ),
  getResource: rpc('provisioner', 'getResource', z.object({ id: ResourceId }), Resource),
  updateResource: rpc(
    'provisioner',
    'updateResource',
    z.object({ actor: Actor, id: ResourceId, changes: UpdateResource, ifRevision }),
    Resource,
  ),
  /** Its record only: WRONG_STATE unless nothing of it is left (new, destroyed). */
  deleteResource: rpc('provisioner', 'deleteResource', z.object({ actor: Actor, id: ResourceId, ifRevision }), Done),
  listRevisions: rpc('provisioner', 'listRevisions', PageQuery.extend({ id: ResourceId }), page(Revision)),
  planResource: rpc('provisioner', 'planResource', z.object({ ...by, id: ResourceId }), Operation),
  applyResource: rpc('provisioner', 'applyResource', z.object({ ...by, id: ResourceId, apply: ApplyResource }), Operation),
  destroyResource: rpc('provisioner', 'destroyResource', z.object({ ...by, id: ResourceId, destroy: DestroyResource }), Operation),
  rollbackResource: rpc('provisioner', 'rollbackResource', z.object({ ...by, id: ResourceId, rollback: RollbackResource }), Operation),
  refreshResource: rpc('provisioner', 'refreshResource', z.object({ ...by, id: ResourceId }), Operation),
  /** Newest first. */
  listOperations: rpc('provisioner', 'listOperations', PageQuery.extend({ resourceId: ResourceId }), page(Operation)),
  getOperation: rpc('provisioner', 'getOperation', z.object({ id: OperationId }), Operation),
  cancelOperation: rpc('provisioner', 'cancelOperation', z.object({ actor: Actor, id: OperationId }), Operation),
  /** Before a zone is deleted: how many of its resources are there still. With `close` their records are removed. */
  zoneClosing: rpc(
    'provisioner',
    'zoneClosing',
    z.object({ zoneId: ZoneId, close: z.boolean(), reason: z.string() }),
    z.object({ resources: z.number().int() }),
  ),
  /** What is wrong with a recipe's files, without taking them in. */
  lintRecipe: rpc('provisioner', 'lintRecipe', LintRecipe, LintReport),
} as const;

const asked = <V extends ProvisionVerb>(
  verb: V,
): RequestContract<(typeof provisionAsks)[V]['request'], (typeof provisionAsks)[V]['reply']> => ({
  kind: 'provision',
  name: `provision.${verb}`,
  version: 1,
  handledBy: 'provisioner',
  subscription: subjects.provision.wildcard({ verb }),
  everyReplica: false,
  request: provisionAsks[verb].request,
  reply: provisionAsks[verb].reply,
});

/** Asked by the workers. */
export const provisionContracts = {
  files: asked('files'),
  progress: asked('progress'),
  result: asked('result'),
  observed: asked('observed'),
  lockState: asked('lockState'),
  readState: asked('readState'),
  writeState: asked('writeState'),
  unlockState: asked('unlockState'),
} as const;

const heardOf = (topic: 'host' | 'task') =>
  ({
    kind: 'consumer',
    name: `event.${topic}`,
    version: 1,
    handledBy: 'provisioner',
    subscription: subjects.event.wildcard({ topic }),
    everyReplica: false,
    stream: streams.events.name,
    durable: `provisioner-${topic}`,
    message: Event,
  }) satisfies ConsumerContract<typeof Event>;

/** How the tasks of operations go, and which hosts come and go. */
export const provisionerConsumers = { hostEvents: heardOf('host'), taskEvents: heardOf('task') } as const;
