import type { Role } from '@klevr/contracts/access';
import { mostTasksAtOnce } from '@klevr/contracts/bulk';

/** What stands in a zone and is addressed by its own id. */
export type ZonedThing = 'agent' | 'task' | 'run' | 'schedule' | 'webhook' | 'incident' | 'resource' | 'operation';

/** Where a request says which zone it concerns: a zone's name or id in the path, the query or the body, or a thing's id in the path. */
export type ZoneSource =
  | { readonly in: 'path' | 'query' | 'body'; readonly name: string }
  | { readonly in: 'each'; readonly list: string; readonly name: string; readonly atMost: number }
  | { readonly in: 'thing'; readonly thing: ZonedThing; readonly name: string };

/** For people only: what makes another way in, or takes one away. An API token may not, or a stolen one would outlive its end. */
interface Personal {
  readonly byPerson?: true;
  /** Also for people who have to change their password before anything else. */
  readonly beforePasswordChange?: true;
}

export type RouteRule =
  /** No session is needed. */
  | { readonly kind: 'anyone' }
  /** Everybody who is signed in; what the route does concerns the caller, or is the same for all. */
  | ({ readonly kind: 'self' } & Personal)
  /** The same for everybody who has the role in some zone, whichever. */
  | ({ readonly kind: 'somewhere'; readonly role: Role } & Personal)
  /** What belongs to no zone. */
  | ({ readonly kind: 'fleet'; readonly role: Role } & Personal)
  | ({
      readonly kind: 'zone';
      readonly role: Role;
      readonly source: ZoneSource;
      /** A body without a zone is about all of them. */
      readonly optional?: true;
      /** Where the request may name a zone besides: the caller needs the role there too. */
      readonly also?: ZoneSource;
      /** The role is needed in all zones; but whoever has none in this one is not told that it is there. */
      readonly everywhere?: true;
    } & Personal)
  /** A list: of the zone that the query names, else of every zone where the caller has the role. */
  | ({ readonly kind: 'listed'; readonly role: Role } & Personal);

const anyone: RouteRule = { kind: 'anyone' };
const self: RouteRule = { kind: 'self' };
const selfByPerson: RouteRule = { kind: 'self', byPerson: true };
const fleet = (role: Role): RouteRule => ({ kind: 'fleet', role });
const fleetByPerson = (role: Role): RouteRule => ({ kind: 'fleet', role, byPerson: true });
const somewhere = (role: Role): RouteRule => ({ kind: 'somewhere', role });
const listed = (role: Role): RouteRule => ({ kind: 'listed', role });
const inZone = (role: Role): RouteRule => ({ kind: 'zone', role, source: { in: 'path', name: 'zone' } });
const ofBody = (role: Role, optional?: true): RouteRule => ({
  kind: 'zone',
  role,
  source: { in: 'body', name: 'zone' },
  ...(optional ? { optional } : {}),
});
const of = (thing: ZonedThing, role: Role): Extract<RouteRule, { kind: 'zone' }> => ({
  kind: 'zone',
  role,
  source: { in: 'thing', thing, name: 'id' },
});

/** Every route of the API and whom it is for. A route that does not stand here keeps the gateway from starting. */
export const routeRules: Readonly<Record<string, RouteRule>> = {
  'POST /sessions': anyone,
  'POST /sessions/current/renew': { ...selfByPerson, beforePasswordChange: true },
  'GET /sessions/oidc': anyone,
  'POST /sessions/oidc/start': anyone,
  'POST /sessions/oidc/finish': anyone,
  'GET /sessions': self,
  'DELETE /sessions': selfByPerson,
  'DELETE /sessions/current': { ...selfByPerson, beforePasswordChange: true },
  'DELETE /sessions/:id': selfByPerson,
  'GET /users/me': { ...self, beforePasswordChange: true },
  'PATCH /users/me': selfByPerson,
  'POST /users/me/password': { ...selfByPerson, beforePasswordChange: true },
  'POST /users': fleetByPerson('admin'),
  'GET /users': fleet('admin'),
  'GET /users/:id': fleet('admin'),
  'PATCH /users/:id': fleetByPerson('admin'),
  'DELETE /users/:id': fleetByPerson('admin'),
  'POST /users/:id/password': fleetByPerson('admin'),
  'GET /users/:id/identities': fleet('admin'),
  'PUT /users/:id/identities': fleetByPerson('admin'),
  'DELETE /users/:id/identities': fleetByPerson('admin'),
  'POST /invitations': selfByPerson,
  'GET /invitations': self,
  'DELETE /invitations/:id': selfByPerson,
  'POST /sign-up': anyone,
  'POST /tokens': selfByPerson,
  'GET /tokens': self,
  'GET /tokens/:id': self,
  'PATCH /tokens/:id': selfByPerson,
  'DELETE /tokens/:id': selfByPerson,

  'POST /zones': fleet('admin'),
  'GET /zones': listed('viewer'),
  'GET /zones/:zone': inZone('viewer'),
  'PATCH /zones/:zone': inZone('admin'),
  'DELETE /zones/:zone': { kind: 'zone', role: 'admin', source: { in: 'path', name: 'zone' }, everywhere: true },
  'POST /zones/:zone/join-tokens': inZone('admin'),
  'GET /zones/:zone/join-tokens': inZone('operator'),
  'DELETE /zones/:zone/join-tokens/:id': inZone('admin'),
  'GET /zones/:zone/primary': inZone('viewer'),
  'GET /zones/:zone/primary/history': inZone('viewer'),
  'POST /zones/:zone/primary/handover': inZone('operator'),
  'GET /zones/:zone/credentials': inZone('operator'),
  'POST /zones/:zone/credentials': inZone('admin'),
  'PATCH /zones/:zone/credentials/:name': inZone('admin'),
  'DELETE /zones/:zone/credentials/:name': inZone('admin'),
  'GET /zones/:zone/concurrency-keys': inZone('viewer'),
  'PUT /zones/:zone/concurrency-keys/:key': inZone('operator'),
  'DELETE /zones/:zone/concurrency-keys/:key': inZone('operator'),
  'GET /incidents': listed('viewer'),
  'POST /incidents/:id/close': of('incident', 'operator'),

  'POST /enroll': anyone,
  'POST /agents/:id/credentials': anyone,
  'GET /agents': listed('viewer'),
  'GET /agents/:id': of('agent', 'viewer'),
  'PATCH /agents/:id': of('agent', 'operator'),
  'DELETE /agents/:id': of('agent', 'admin'),
  'POST /agents/:id/approve': of('agent', 'admin'),
  'POST /agents/:id/drain': of('agent', 'operator'),
  'POST /agents/:id/undrain': of('agent', 'operator'),

  'POST /tasks': ofBody('operator'),
  'POST /tasks/bulk': { kind: 'zone', role: 'operator', source: { in: 'each', list: 'tasks', name: 'zone', atMost: mostTasksAtOnce } },
  'GET /tasks': listed('viewer'),
  'GET /tasks/:id': of('task', 'viewer'),
  'POST /tasks/:id/cancel': of('task', 'operator'),
  'POST /tasks/:id/retry': of('task', 'operator'),
  'GET /tasks/:id/runs': of('task', 'viewer'),
  'GET /tasks/:id/deliveries': of('task', 'viewer'),
  'POST /tasks/:id/deliveries/:delivery/redeliver': of('task', 'operator'),
  'GET /runs/:id': of('run', 'viewer'),
  'POST /runs/:id/cancel': of('run', 'operator'),
  'GET /runs/:id/logs': of('run', 'viewer'),
  'POST /targets/preview': ofBody('viewer'),
  'GET /commands': self,

  'POST /schedules': { kind: 'zone', role: 'operator', source: { in: 'body', name: 'task.zone' } },
  'GET /schedules': listed('viewer'),
  'GET /schedules/:id': of('schedule', 'viewer'),
  'PATCH /schedules/:id': { ...of('schedule', 'operator'), also: { in: 'body', name: 'task.zone' } },
  'DELETE /schedules/:id': of('schedule', 'operator'),
  'POST /schedules/:id/pause': of('schedule', 'operator'),
  'POST /schedules/:id/resume': of('schedule', 'operator'),
  'POST /schedules/:id/trigger': of('schedule', 'operator'),
  'GET /schedules/:id/fires': of('schedule', 'viewer'),

  'POST /webhooks': ofBody('operator', true),
  'GET /webhooks': listed('viewer'),
  'GET /webhooks/:id': of('webhook', 'viewer'),
  'PATCH /webhooks/:id': of('webhook', 'operator'),
  'DELETE /webhooks/:id': of('webhook', 'operator'),
  'GET /webhooks/:id/deliveries': of('webhook', 'viewer'),
  'POST /webhooks/:id/deliveries/:delivery/redeliver': of('webhook', 'operator'),

  'POST /catalogue/sources': fleet('admin'),
  'GET /catalogue/sources': somewhere('viewer'),
  'GET /catalogue/sources/:source': somewhere('viewer'),
  'PATCH /catalogue/sources/:source': fleet('admin'),
  'DELETE /catalogue/sources/:source': fleet('admin'),
  'POST /catalogue/sources/:source/sync': fleet('admin'),
  'GET /catalogue/recipes': somewhere('viewer'),
  'GET /catalogue/recipes/:name': somewhere('viewer'),
  'POST /catalogue/lint': somewhere('operator'),

  'POST /resources': ofBody('operator'),
  'GET /resources': listed('viewer'),
  'GET /resources/:id': of('resource', 'viewer'),
  'PATCH /resources/:id': of('resource', 'operator'),
  'DELETE /resources/:id': of('resource', 'operator'),
  'POST /resources/:id/plan': of('resource', 'operator'),
  'POST /resources/:id/apply': of('resource', 'operator'),
  'POST /resources/:id/destroy': of('resource', 'operator'),
  'POST /resources/:id/rollback': of('resource', 'operator'),
  'POST /resources/:id/refresh': of('resource', 'operator'),
  'GET /resources/:id/operations': of('resource', 'viewer'),
  'GET /resources/:id/revisions': of('resource', 'viewer'),
  'GET /operations/:id': of('operation', 'viewer'),
  'POST /operations/:id/cancel': of('operation', 'operator'),

  'GET /events': listed('viewer'),
  'GET /audit': listed('admin'),
  'GET /audit/export': listed('admin'),
  'GET /audit/head': fleet('viewer'),
  'GET /audit/keys': self,
  'GET /prometheus/targets': listed('viewer'),
};

const prefix = '/api/v1';

/** Of a method and the pattern of a route's path, as the server knows it. */
export const ruleOf = (method: string, pattern: string): RouteRule | undefined =>
  routeRules[`${method === 'HEAD' ? 'GET' : method} ${pattern.startsWith(prefix) ? pattern.slice(prefix.length) : pattern}`];
