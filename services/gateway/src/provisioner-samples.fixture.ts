import type { ReplyOf, RequestContract, RequestOf } from '@klevr/contracts/contract';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import * as examples from './openapi.provisioning-examples.js';
import { ids } from './samples.fixture.js';

export const resource = { ...examples.resource, id: ids.resource, zoneId: ids.zone, zoneName: 'demo' };
export const operation = { ...examples.operation, id: ids.operation, resourceId: ids.resource, zoneId: ids.zone };

type Answering = readonly [contract: RequestContract, reply: (request: never) => unknown];

const answering = <C extends RequestContract>(contract: C, reply: (request: RequestOf<C>) => ReplyOf<C>): Answering => [contract, reply];
const page = <T>(item: T): { items: T[]; nextCursor: string | null } => ({ items: [item], nextCursor: 'next' });
const { planResource, applyResource, destroyResource, rollbackResource, refreshResource, cancelOperation } = provisionerRpc;

/** What the provisioner answers about the catalogue and resources. */
export const provisionerSamples: readonly Answering[] = [
  answering(provisionerRpc.createSource, ({ source: { name, url } }) => ({ ...examples.source, name, url })),
  answering(provisionerRpc.listSources, () => page(examples.source)),
  answering(provisionerRpc.getSource, () => examples.source),
  answering(provisionerRpc.updateSource, () => ({ ...examples.source, revision: 2 })),
  answering(provisionerRpc.deleteSource, () => ({})),
  answering(provisionerRpc.syncSource, () => examples.source),
  answering(provisionerRpc.listRecipes, () => page(examples.recipeSummary)),
  answering(provisionerRpc.getRecipe, ({ name }) => ({ ...examples.recipe, name })),
  answering(provisionerRpc.lintRecipe, () => ({ faults: examples.source.faults })),
  answering(provisionerRpc.createResource, ({ zoneId, zoneName, resource: { name } }) => ({ ...resource, name, zoneId, zoneName })),
  answering(provisionerRpc.listResources, () => page(resource)),
  answering(provisionerRpc.getResource, () => resource),
  answering(provisionerRpc.updateResource, () => ({ ...resource, revision: 3 })),
  answering(provisionerRpc.deleteResource, () => ({})),
  answering(planResource, () => ({ ...operation, action: 'plan' as const })),
  answering(applyResource, () => operation),
  answering(destroyResource, () => ({ ...operation, action: 'destroy' as const })),
  answering(rollbackResource, () => ({ ...operation, cause: 'rollback' as const })),
  answering(refreshResource, () => ({ ...operation, action: 'refresh' as const })),
  answering(cancelOperation, () => ({ ...operation, status: 'canceled' as const })),
  answering(provisionerRpc.listOperations, () => page(operation)),
  answering(provisionerRpc.getOperation, () => operation),
  answering(provisionerRpc.listRevisions, () => page(examples.revision)),
];
