import { newId, type IdKind } from '@klevr/contracts/ids';
import { ids } from '../samples.fixture.js';
import { newTask } from '../whole-task.fixture.js';

/** `unknown` is nowhere; `none` belongs to no zone. */
export type Place = 'own' | 'foreign' | 'unknown' | 'none';

export interface TestRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

const kinds = {
  agents: 'agent',
  tasks: 'task',
  runs: 'run',
  schedules: 'schedule',
  webhooks: 'webhook',
  incidents: 'incident',
  resources: 'resource',
  operations: 'operation',
} as const;
const gatewayKinds: Readonly<Record<string, IdKind>> = { users: 'user', sessions: 'login', tokens: 'apiToken', invitations: 'invitation' };
type Things = { readonly [Kind in keyof typeof kinds]: string };

const things = (): Things => ({
  agents: newId('agent'),
  tasks: newId('task'),
  runs: newId('run'),
  schedules: newId('schedule'),
  webhooks: newId('webhook'),
  incidents: newId('incident'),
  resources: newId('resource'),
  operations: newId('operation'),
});

export const zoneIds: Readonly<Record<Exclude<Place, 'none'>, string>> = { own: ids.zone, foreign: newId('zone'), unknown: newId('zone') };
const thingsOf: Readonly<Record<Place, Things>> = { own: things(), foreign: things(), unknown: things(), none: things() };

/** The zone of a thing by its id: null for one of no zone, undefined for one that is not there. */
export function zoneOfThing(id: string): string | null | undefined {
  const place = (['own', 'foreign', 'none'] as const).find((one) => Object.values(thingsOf[one]).includes(id));
  return place === undefined ? undefined : place === 'none' ? null : zoneIds[place];
}

type Body = (zone: string) => unknown;
const schedule = { name: 'nightly', cron: '30 2 * * *' };
const webhook = { url: 'https://example.test/hook', on: ['conclusion'] };

const bodies: Readonly<Record<string, Body>> = {
  'POST /zones': () => ({ name: 'demo' }),
  'PATCH /zones/:zone': () => ({ platform: 'vm' }),
  'POST /zones/:zone/credentials': () => ({ name: 'DB_PASSWORD', value: 'x' }),
  'PATCH /zones/:zone/credentials/:name': () => ({ value: 'y' }),
  'PUT /zones/:zone/concurrency-keys/:key': () => ({ capacity: 2 }),
  'PATCH /agents/:id': () => ({ labels: { a: 'b' } }),
  'POST /tasks': (zone) => ({ ...newTask, zone }),
  'POST /tasks/bulk': (zone) => ({ tasks: [{ ...newTask, zone }] }),
  'POST /tasks/bulk (the second one)': (zone) => ({
    tasks: [newTask, { ...newTask, zone }].map((task, at) => (at === 0 ? { ...task, zone: 'own' } : task)),
  }),
  'POST /targets/preview': (zone) => ({ zone, target: { all: '' } }),
  'POST /schedules': (zone) => ({ ...schedule, task: { ...newTask, zone } }),
  'PATCH /schedules/:id': () => ({ name: 'weekly' }),
  'PATCH /schedules/:id (to another zone)': (zone) => ({ task: { ...newTask, zone } }),
  'POST /catalogue/sources': () => ({ name: 'ours', url: 'https://git.test/recipes.git', ref: { branch: 'main' } }),
  'PATCH /catalogue/sources/:source': () => ({ folder: 'x' }),
  'POST /catalogue/lint': () => ({ files: [{ path: 'recipe.yaml', data: '' }] }),
  'POST /resources': (zone) => ({ name: 'web', zone, recipe: { name: 'pretend-service' } }),
  'PATCH /resources/:id': () => ({ selfHeal: true }),
  'POST /webhooks': (zone) => ({ ...webhook, zone }),
  'POST /webhooks (of all zones)': () => webhook,
  'PATCH /webhooks/:id': () => ({ description: 'x' }),
};

/** What these do is the gateway's own, and is kept from happening by a field that there is not: whoever is let in gets 400. */
const isOwn = /^\/(sessions|users|tokens|invitations|sign-up)/;

/** A request for a row of the table; its zone by name or by id. */
export function requestOf(row: string, place: Place, by: 'name' | 'id'): TestRequest {
  const [, method = '', pattern = '', variant] = /^(\S+) (\S+)(?: \((.*)\))?$/.exec(row) ?? [];
  const zone = place === 'none' ? 'own' : by === 'name' ? place : zoneIds[place];
  // A schedule of one's own is to go elsewhere.
  const ofThing = thingsOf[variant === 'of all zones' ? 'none' : variant === 'to another zone' ? 'own' : place];
  const [, root = ''] = pattern.split('/');
  const id = pattern.startsWith('/zones/')
    ? ids.joinToken
    : root in kinds
      ? ofThing[root as keyof Things]
      : newId(gatewayKinds[root] ?? 'user');
  const path = pattern
    .replace(':zone', zone)
    .replace(':id', id)
    .replace(':name', pattern.startsWith('/catalogue/') ? 'web' : 'DB_PASSWORD')
    .replace(':source', 'ours')
    .replace(':key', 'db-main')
    .replace(':delivery', ids.delivery);
  const queries = { 'of a zone': `?zone=${zone}`, 'of an agent': `?agent=${thingsOf[place].agents}`, followed: '?follow=true' };
  const query =
    isOwn.test(pattern) && row !== 'DELETE /sessions/current' ? '?colour=red' : (queries[variant as keyof typeof queries] ?? '');
  const body = bodies[row]?.(zone);
  return { method, path: `/api/v1${path}${query}`, ...(body === undefined ? {} : { body }) };
}
