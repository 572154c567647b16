import type { Recipe, RecipeSummary, Source } from '@klevr/contracts/catalogue';
import type { Operation, Plan, Resource, Revision } from '@klevr/contracts/resource';

const zoneId = 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const agentId = 'agt_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const resourceId = 'res_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const operationId = 'op_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const at = '2026-12-01T00:00:00.000Z';
const commit = '9fceb02d0ae598e95dc970b74767f19372d61af8';
const digest = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';

const createSource = {
  name: 'platform',
  url: 'https://git.example/platform/recipes.git',
  ref: { branch: 'main' },
  auth: { username: 'klevr', password: 'EXAMPLE' },
};
export const source: Source = {
  id: 'src_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  name: createSource.name,
  url: createSource.url,
  ref: createSource.ref,
  folder: '',
  syncEverySeconds: 900,
  signedTagsOnly: false,
  trustedSigners: [],
  hasAuth: true,
  builtIn: false,
  status: 'synced',
  statusMessage: '',
  commit,
  syncedAt: at,
  faults: [{ file: 'queue/recipe.yaml', line: 7, column: 3, message: 'driver must be one of docker, libvirt, …' }],
  revision: 1,
  createdBy: 'kim',
  createdAt: at,
};

export const recipeSummary: RecipeSummary = {
  source: 'klevr',
  name: 'web-server',
  version: '1.2.0',
  description: 'A web server in a container',
  driver: 'docker',
  labels: { kind: 'web' },
  commit,
  digest,
  syncedAt: at,
  versions: ['1.2.0', '1.1.0'],
};
export const recipe: Recipe = {
  ...recipeSummary,
  versions: [
    { version: '1.2.0', commit, digest, syncedAt: at, current: true },
    { version: '1.1.0', commit, digest, syncedAt: at, current: false },
  ],
  parameters: {
    type: 'object',
    properties: { port: { type: 'integer', minimum: 1, maximum: 65_535, default: 80 } },
    additionalProperties: false,
  },
  outputs: { url: { description: 'where it answers', sensitive: false } },
  health: [
    {
      type: 'http',
      name: 'answers',
      everySeconds: 15,
      timeoutSeconds: 5,
      retries: 3,
      startSeconds: 60,
      url: '{{ outputs.url }}',
    },
  ],
  examples: [{ port: 8080 }],
  readme: '# A web server\n',
  files: [{ path: 'recipe.yaml', bytes: 612 }],
};

const pinned: Resource['recipe'] = { source: 'klevr', name: 'web-server', version: '1.2.0', commit, digest, driver: 'docker' };
const createResource = { name: 'shop-front', zone: 'seoul-dc1', recipe: { name: 'web-server' }, parameters: { port: 8080 }, apply: true };
export const resource: Resource = {
  id: resourceId,
  name: createResource.name,
  zoneId,
  zoneName: createResource.zone,
  recipe: pinned,
  parameters: createResource.parameters,
  selfHeal: true,
  placement: { engine: 'docker-7YV4-web-01', workerId: agentId },
  status: 'drifted',
  reason: { code: 'DRIFTED', message: 'container/web is not there', since: at },
  revision: 2,
  appliedRevision: 2,
  observed: [{ part: 'volume/data', state: 'present', details: {} }],
  observedAt: at,
  drift: { since: at, changes: [{ part: 'container/web', action: 'create', reason: 'is not there', fields: [] }] },
  health: { state: 'unhealthy', checks: [{ name: 'answers', state: 'unhealthy', message: 'connection refused', since: at }] },
  outputs: { url: 'http://10.20.0.11:8080' },
  operation: null,
  createdBy: 'kim',
  createdAt: at,
  updatedAt: at,
};

const plan: Plan = {
  summary: { create: 0, update: 0, replace: 1, delete: 0, keep: 0, none: 1 },
  changes: [
    { part: 'container/web', action: 'replace', reason: 'its ports differ', fields: [{ path: 'ports.0.host', before: 80, after: 8080 }] },
    { part: 'volume/data', action: 'none', fields: [] },
  ],
  text: '± container/web: ports.0.host 80 → 8080\n',
  digest,
};
export const operation: Operation = {
  id: operationId,
  resourceId,
  resourceName: resource.name,
  zoneId,
  action: 'apply',
  cause: 'user',
  status: 'running',
  reason: null,
  revision: 2,
  taskId: 'task_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  runId: 'run_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
  workerId: agentId,
  plan,
  steps: [{ part: 'container/web', action: 'replace', state: 'begun', message: null, at }],
  deleteData: false,
  createdBy: 'kim',
  createdAt: at,
  startedAt: at,
  finishedAt: null,
};
export const revision: Revision = {
  revision: 2,
  recipe: pinned,
  parameters: resource.parameters,
  createdBy: 'kim',
  createdAt: at,
  appliedAt: at,
};

/** Examples of the catalogue and of resources, by the name of their component. */
export const provisioningExamples: Readonly<Record<string, unknown>> = {
  CreateSource: createSource,
  UpdateSource: { ref: { tag: 'v1.4.0' } },
  Source: source,
  RecipeSummary: recipeSummary,
  Recipe: recipe,
  LintRecipe: { files: [{ path: 'recipe.yaml', data: 'YXBpVmVyc2lvbjoga2xldnIvdjEK' }] },
  LintReport: { faults: source.faults },
  CreateResource: createResource,
  UpdateResource: { parameters: { port: 8080 } },
  Resource: resource,
  ApplyResource: { plan: operationId },
  DestroyResource: { deleteData: false },
  RollbackResource: { revision: 1 },
  Plan: plan,
  Operation: operation,
  Revision: revision,
};
