import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LintReport, Recipe, Source } from '@klevr/contracts/catalogue';
import type { RequestContract } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { provisionerRpc as pr } from '@klevr/contracts/provisioner-contracts';
import { Operation, Resource } from '@klevr/contracts/resource';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import type { z } from 'zod';
import { AuditPage } from './audit/audit-schemas.js';
import { GatewayBed } from './gateway.fixture.js';
import { Problem } from './http/problem.js';
import { resource as resourceSample } from './provisioner-samples.fixture.js';
import { ids, joinToken } from './samples.fixture.js';

describe('the routes of the provisioner', () => {
  let gateway: GatewayBed;

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start();
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  });

  const page = { limit: 50 };
  const actor = { username: 'admin', address: '127.0.0.1' };
  const sources = '/catalogue/sources';
  const newSource = { name: 'ours', url: 'https://git.test/recipes.git', ref: { branch: 'main' } };
  const newResource = { name: 'web', zone: 'demo', recipe: { name: 'web-server' }, parameters: { port: 8080 } };
  const resource = `/resources/${ids.resource}`;
  const ofResource = { actor, id: ids.resource };
  const operation = `/operations/${ids.operation}`;
  const files = [{ path: 'recipe.yaml', data: 'YQ==' }];

  const routes: [call: string, body: object | undefined, status: number, schema: z.ZodType, asks: RequestContract, request: object][] = [
    [`POST ${sources}`, newSource, 201, Source, pr.createSource, { actor, source: { ...newSource, syncEverySeconds: 900 } }],
    [`GET ${sources}?limit=2`, undefined, 200, pr.listSources.reply, pr.listSources, { limit: 2 }],
    [`GET ${sources}/ours`, undefined, 200, Source, pr.getSource, { source: 'ours' }],
    [`PATCH ${sources}/ours`, { folder: 'a' }, 200, Source, pr.updateSource, { actor, source: 'ours', changes: { folder: 'a' } }],
    [`POST ${sources}/ours/sync`, undefined, 202, Source, pr.syncSource, { actor, source: 'ours' }],
    [
      'GET /catalogue/recipes?source=ours&driver=docker',
      undefined,
      200,
      pr.listRecipes.reply,
      pr.listRecipes,
      { ...page, source: 'ours', driver: 'docker' },
    ],
    [
      'GET /catalogue/recipes/web-server?source=ours&version=1.0.0',
      undefined,
      200,
      Recipe,
      pr.getRecipe,
      { name: 'web-server', source: 'ours', version: '1.0.0' },
    ],
    ['POST /catalogue/lint', { files }, 200, LintReport, pr.lintRecipe, { files }],
    [
      'POST /resources',
      newResource,
      201,
      Resource,
      pr.createResource,
      { actor, zoneId: ids.zone, zoneName: 'demo', resource: { ...newResource, recipe: { source: 'klevr' }, apply: false } },
    ],
    [
      'GET /resources?zone=demo&status=drifted&recipe=web-server',
      undefined,
      200,
      pr.listResources.reply,
      pr.listResources,
      { ...page, zone: ids.zone, status: 'drifted', recipe: 'web-server' },
    ],
    [`GET ${resource}`, undefined, 200, Resource, pr.getResource, { id: ids.resource }],
    [`PATCH ${resource}`, { selfHeal: true }, 200, Resource, pr.updateResource, { ...ofResource, changes: { selfHeal: true } }],
    [`POST ${resource}/plan`, undefined, 202, Operation, pr.planResource, ofResource],
    [`POST ${resource}/apply`, undefined, 202, Operation, pr.applyResource, { ...ofResource, apply: {} }],
    [
      `POST ${resource}/apply`,
      { plan: ids.operation },
      202,
      Operation,
      pr.applyResource,
      { ...ofResource, apply: { plan: ids.operation } },
    ],
    [`POST ${resource}/destroy`, undefined, 202, Operation, pr.destroyResource, { ...ofResource, destroy: { deleteData: false } }],
    [`POST ${resource}/rollback`, { revision: 1 }, 202, Operation, pr.rollbackResource, { ...ofResource, rollback: { revision: 1 } }],
    [`POST ${resource}/refresh`, {}, 202, Operation, pr.refreshResource, ofResource],
    [
      `GET ${resource}/operations?limit=3`,
      undefined,
      200,
      pr.listOperations.reply,
      pr.listOperations,
      { limit: 3, resourceId: ids.resource },
    ],
    [`GET ${resource}/revisions`, undefined, 200, pr.listRevisions.reply, pr.listRevisions, { ...page, id: ids.resource }],
    [`GET ${operation}`, undefined, 200, Operation, pr.getOperation, { id: ids.operation }],
    [`POST ${operation}/cancel`, undefined, 202, Operation, pr.cancelOperation, { actor, id: ids.operation }],
  ];

  it.each(routes)('%s (%j) answers %i with what the provisioner says', async (...row) => {
    const [route, body, status, schema, asks, request] = row;
    const [method = '', path = ''] = route.split(' ');
    const answer = await gateway.send(method, `/api/v1${path}`, body === undefined ? {} : { body });
    expect(answer.status).toBe(status);
    schema.parse(answer.json);
    expect(gateway.askedFor(asks)?.request).toMatchObject(request);
    expect((await gateway.send(method, `/api/v1${path}`, { token: '' })).status).toBe(401);
  });

  const removals: [path: string, asks: RequestContract, request: object][] = [
    [`${sources}/ours`, pr.deleteSource, { actor, source: 'ours', ifRevision: 3 }],
    [resource, pr.deleteResource, { ...ofResource, ifRevision: 3 }],
  ];

  it.each(removals)('answers the removal of %s with 204 and nothing else, bound to what was read', async (path, asks, request) => {
    const answer = await gateway.send('DELETE', `/api/v1${path}`, { headers: { 'if-match': '"3"' } });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(gateway.askedFor(asks)?.request).toMatchObject(request);
  });

  it('tells what a source is read with to nobody: not in the trail, and not by what is kept of the key of a repeated request', async () => {
    const headers = { 'idempotency-key': 'once' };
    const auth = { username: 'klevr-reader', password: 'hunter2hunter2' };
    const digests: unknown[] = [];
    for (const given of [auth, { sshKey: 'not a PEM at all', knownHosts: 'git.test ssh-ed25519 AAAA' }]) {
      const answer = await gateway.send('POST', `/api/v1${sources}`, { body: { ...newSource, auth: given }, headers });
      expect(answer.status).toBe(201);
      const asked = gateway.askedFor(pr.createSource)?.request as { source: object; idempotency: { digest: string } };
      expect(asked.source).toMatchObject({ auth: given });
      digests.push(asked.idempotency.digest);
      await gateway.send('PATCH', `/api/v1${sources}/ours`, { body: { auth: given } });
    }
    expect(new Set(digests).size).toBe(2);
    const trail = await gateway.send('GET', '/api/v1/audit?limit=200');
    const entries = AuditPage.parse(trail.json).items.filter(({ thingKind }) => thingKind === 'source');
    expect(entries.map(({ change }) => change?.['asked'])).toContainEqual({ auth: '***' });
    for (const secret of ['klevr-reader', 'hunter2', 'not a PEM', 'AAAA']) expect(trail.text).not.toContain(secret);
  });

  it('writes of a changed resource who changed what', async () => {
    gateway.answer(pr.updateResource, () => ({
      ...resourceSample,
      revision: 3,
      parameters: { port: 81 },
      health: { state: 'healthy' as const, checks: [] },
    }));
    await gateway.send('PATCH', `/api/v1${resource}`, { body: { parameters: { port: 81 } } });
    const trail = await gateway.send('GET', `/api/v1/audit?target=${ids.resource}&action=PATCH&outcome=granted`);
    expect(AuditPage.parse(trail.json).items[0]).toMatchObject({
      username: 'admin',
      thingKind: 'resource',
      zoneId: ids.zone,
      change: {
        before: { parameters: { port: 8080 }, revision: 2 },
        after: { parameters: { port: 81 }, revision: 3 },
        asked: { parameters: { port: 81 } },
      },
    });
  });

  it('tells for a join token of a worker the command that installs one', async () => {
    gateway.answer(schedulerRpc.createJoinToken, ({ joinToken: { kind } }) => ({ ...joinToken, kind }));
    const command = async (body: object): Promise<string> =>
      ((await gateway.send('POST', '/api/v1/zones/demo/join-tokens', { body })).json as { command: string }).command;
    expect(await command({ kind: 'worker' })).toBe(`${await command({})} --worker`);
  });

  it('asks the scheduler for the zone of a new resource, and the provisioner for nothing where there is none', async () => {
    gateway.answer(schedulerRpc.getZone, () => {
      throw new AppError('NOT_FOUND', 'There is no such zone');
    });
    const before = gateway.timesAsked(pr.createResource, {});
    const answer = await gateway.send('POST', '/api/v1/resources', { body: { ...newResource, zone: 'nowhere' } });
    expect([answer.status, Problem.parse(answer.json).detail]).toEqual([404, 'There is no such zone']);
    const listed = await gateway.send('GET', '/api/v1/resources?zone=nowhere');
    expect([listed.status, Problem.parse(listed.json).detail]).toEqual([404, 'There is no such zone']);
    expect(gateway.timesAsked(pr.createResource, {})).toBe(before);
  });

  it('sends the provisioner nothing that does not match its schemas', () => {
    expect(gateway.violations).toEqual([]);
  });
});
