import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Grant, roles } from '@klevr/contracts/access';
import { AppError } from '@klevr/contracts/errors';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { schedule, webhook } from '../engine-samples.fixture.js';
import { GatewayBed } from '../gateway.fixture.js';
import { operation, resource } from '../provisioner-samples.fixture.js';
import { newTask } from '../whole-task.fixture.js';
import * as samples from '../samples.fixture.js';
import { type Place, requestOf, type TestRequest, zoneIds, zoneOfThing } from './access-requests.fixture.js';
import { accessTable } from './access-table.fixture.js';
import { Callers } from './callers.fixture.js';
import { routeRules } from './route-rules.js';

interface Caller {
  readonly name: string;
  readonly kind: 'none' | 'session' | 'apiToken';
  readonly token: string;
  /** Where in the table's row what is expected of it stands. */
  readonly column: number;
  readonly role: number;
}

interface Case {
  readonly row: string;
  readonly place: Place;
  readonly caller: Caller;
  readonly expected: string;
}

interface Outcome {
  readonly status: number;
  readonly text: string;
  readonly headers: Record<string, string>;
}

const AT_ONCE = 32;
const outcomes: Record<number, string> = { 401: '1', 403: '3', 404: '4' };
const [noToken, nobody, ofOwn, ofForeign, ofAll] = [0, 1, 2, 3, 4];

describe('who may do what', () => {
  let gateway: GatewayBed;
  let people: Callers;
  const callers: Caller[] = [];

  const standIns = (): void => {
    gateway.answer(schedulerRpc.getZone, ({ zone }) => {
      const found = (['own', 'foreign'] as const).find((name) => name === zone || zoneIds[name] === zone);
      if (found === undefined) throw new AppError('NOT_FOUND', 'There is no such zone');
      return { ...samples.zone, id: zoneIds[found], name: found };
    });
    const zoneOf = (thing: string, id: string): string | null => {
      const zoneId = zoneOfThing(id);
      if (zoneId === undefined) throw new AppError('NOT_FOUND', `There is no such ${thing}`);
      return zoneId;
    };
    gateway.answer(schedulerRpc.getAgent, ({ id }) => ({ ...samples.agent, id, zoneId: zoneOf('agent', id) ?? '' }));
    gateway.answer(schedulerRpc.getIncident, ({ id }) => ({ ...samples.incident, id, zoneId: zoneOf('incident', id) }));
    gateway.answer(taskManagerRpc.getTask, ({ id }) => ({ ...samples.task, id, zoneId: zoneOf('task', id) ?? '' }));
    gateway.answer(taskManagerRpc.getRun, ({ id }) => ({ ...samples.run, id, zoneId: zoneOf('run', id) ?? '' }));
    gateway.answer(taskManagerRpc.createTasks, () => ({ items: [samples.task] }));
    gateway.answer(schedulerRpc.getSchedule, ({ id }) => ({ ...schedule, id, zoneId: zoneOf('schedule', id) ?? '' }));
    gateway.answer(provisionerRpc.getResource, ({ id }) => ({ ...resource, id, zoneId: zoneOf('resource', id) ?? '' }));
    gateway.answer(provisionerRpc.getOperation, ({ id }) => ({ ...operation, id, zoneId: zoneOf('operation', id) ?? '' }));
    gateway.answer(taskManagerRpc.getWebhook, ({ id }) => ({ ...webhook, id, zoneId: zoneOf('webhook', id) }));
  };

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    standIns();
    await gateway.start();
    people = await Callers.open(gateway.bed.databaseUrl);
    callers.push({ name: 'without a token', kind: 'none', token: '', column: noToken, role: 0 });
    const add = async (name: string, grants: Grant[], column: number, role: number): Promise<void> => {
      const { id, token } = await people.user(grants);
      callers.push({ name, kind: 'session', token, column, role });
      // The owner may do more than the token.
      const owner = await people.user([{ role: 'admin', zones: null }]);
      callers.push({ name: `a token: ${name}`, kind: 'apiToken', token: await people.apiToken(owner.id, grants), column, role });
      if (column !== ofOwn || roles[role] !== 'operator') return;
      // And the token more than its owner.
      const all = await people.apiToken(id, [{ role: 'admin', zones: null }]);
      callers.push({ name: `a token of all: ${name}`, kind: 'apiToken', token: all, column, role });
    };
    await add('nobody', [], nobody, 0);
    for (const [at, role] of roles.entries()) {
      await add(`${role} of own`, [{ role, zones: [zoneIds.own] }], ofOwn, at);
      await add(`${role} of all`, [{ role, zones: null }], ofAll, at);
    }
  }, 60_000);

  afterAll(async () => {
    await people.close();
    await gateway.close();
  }, 60_000);

  const expectedOf = (row: string, { kind, column, role }: Caller, place: Place): string => {
    const columns = (accessTable[row] ?? '').split(' ');
    const found = columns[column === ofOwn && place !== 'own' ? ofForeign : column]?.[role] ?? '';
    return columns.includes('person') && kind === 'apiToken' ? '3' : found;
  };

  const casesOf = (row: string): Case[] =>
    callers.flatMap((caller) =>
      (['own', 'foreign'] as const)
        // Whoever may do it everywhere is not asked where, by whatever token.
        .filter((place) => place === 'own' || caller.column === ofOwn || (caller.column === ofAll && caller.kind === 'session'))
        .map((place) => ({ row, place, caller, expected: expectedOf(row, caller, place) }))
        .filter(({ expected, place }) => expected !== '.' && !(place === 'foreign' && accessTable[row]?.split(' ')[ofForeign] === '...')),
    );

  const ask = async ({ method, path, body }: TestRequest, token: string): Promise<Outcome> => {
    const answer = await fetch(`${gateway.origin}${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const isEndless = answer.headers.get('content-type') === 'text/event-stream';
    if (isEndless) await answer.body?.cancel();
    return { status: answer.status, text: isEndless ? '' : await answer.text(), headers: Object.fromEntries(answer.headers) };
  };

  const requestFor = ({ row, place, caller }: Case): TestRequest => requestOf(row, place, caller.kind === 'apiToken' ? 'id' : 'name');

  const walk = async <T>(cases: readonly Case[], look: (one: Case) => Promise<T | undefined>): Promise<T[]> => {
    const found: T[] = [];
    const left = cases.values();
    const lane = async (): Promise<void> => {
      for (const one of left) {
        const seen = await look(one);
        if (seen !== undefined) found.push(seen);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return found;
  };

  it('is said in the table for every route', async () => {
    const document = (await gateway.send('GET', '/api/v1/openapi.json', { token: '' })).json as { paths: Record<string, object> };
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '').replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    const told = new Set(Object.keys(accessTable).map((row) => row.replace(/ \(.*$/, '')));
    expect([...new Set([...documented, ...Object.keys(routeRules)])].filter((route) => !told.has(route))).toEqual([]);
  });

  const last = 'DELETE /sessions/current';

  it('a foreign thing is told as one that is not there, byte for byte, and no service is asked to change anything', async () => {
    gateway.asked.length = 0;
    const cases = Object.keys(accessTable)
      .flatMap(casesOf)
      .filter(({ caller, place, expected }) => caller.column === ofOwn && place === 'foreign' && expected === '4');
    expect(cases.length).toBeGreaterThan(200);
    const told = ({ status, text, headers }: Outcome): unknown => {
      const { traceId: _own, ...problem } = JSON.parse(text) as { traceId: string };
      const { date: _date, 'x-request-id': _requestId, ...rest } = headers;
      return { status, problem, headers: Object.entries(rest).filter(([name]) => !name.startsWith('ratelimit')) };
    };
    const differing = await walk(cases, async (one) => {
      const foreign = told(await ask(requestFor(one), one.caller.token));
      const unknown = told(await ask(requestFor({ ...one, place: 'unknown' }), one.caller.token));
      return JSON.stringify(foreign) === JSON.stringify(unknown) ? undefined : { one, foreign, unknown };
    });
    expect(differing).toEqual([]);
    // What is read is for the decision, and for the audit trail.
    expect(gateway.asked.map(({ name }) => name).filter((name) => !/\.(get|list)[A-Z]\w+$/.test(name))).toEqual([]);
  }, 120_000);

  it('cannot be got around: a name is read once, and what cannot be read is refused', async () => {
    const { token } = await people.user([{ role: 'operator', zones: [zoneIds.own] }]);
    const text = (zone: string): string => `{${zone},"name":"x","target":{"all":""},"steps":[{"name":"s","run":"true"}]}`;
    const tasks = [...Array.from({ length: 100 }, () => ({ ...newTask, zone: 'own' })), { ...newTask, zone: 'foreign' }];
    const foreignAgent = requestOf('GET /agents/:id', 'foreign', 'id').path;
    const tries: [status: number, method: string, path: string, body?: string][] = [
      [200, 'GET', '/zones/own'],
      [404, 'GET', '/zones/own/'],
      [404, 'GET', '//zones/foreign'],
      [404, 'GET', '/Zones/foreign'],
      [404, 'HEAD', '/zones/foreign'],
      [404, 'HEAD', foreignAgent.slice('/api/v1'.length)],
      [404, 'GET', '/zones/%66oreign'],
      [400, 'GET', '/zones/own%2F..%2Fforeign'],
      [400, 'GET', '/zones/foreign%00'],
      [400, 'GET', '/zones/FOREIGN'],
      [400, 'GET', '/tasks?zone=own&zone=foreign'],
      [400, 'GET', '/tasks?zone[]=foreign'],
      [400, 'GET', '/tasks?zone='],
      [400, 'GET', '/tasks?scope=foreign'],
      [400, 'GET', '/tasks?zone=own&__proto__[zone]=foreign'],
      [404, 'POST', '/tasks', text('"zone":"own","zone":"foreign"')],
      [201, 'POST', '/tasks', text('"zone":"foreign","zone":"own"')],
      [400, 'POST', '/tasks', text('"zone":"own","__proto__":{"zone":"foreign"}')],
      [400, 'POST', '/tasks', text('"__proto__":{"zone":"own"}')],
      [400, 'POST', '/tasks', text('"zone":["own","foreign"]')],
      [400, 'POST', '/tasks', text('"zone":{"zone":"own"}')],
      [400, 'POST', '/tasks', '["own"]'],
      [400, 'POST', '/tasks/bulk', JSON.stringify({ tasks })],
      [400, 'POST', '/tasks/bulk', JSON.stringify({ tasks: { 0: tasks[100], length: 1 } })],
      [404, 'POST', '/schedules', `{"name":"x","cron":"* * * * *","task":${text('"zone":"foreign"')}}`],
      [400, 'POST', '/schedules', `{"name":"x","cron":"* * * * *","task":[${text('"zone":"foreign"')}]}`],
    ];
    gateway.asked.length = 0;
    const answered: unknown[] = [];
    for (const [, method, path, body] of tries) {
      const answer = await gateway.send(method, `/api/v1${path}`, { token, ...(body === undefined ? {} : { text: body }) });
      answered.push([answer.status, method, path, ...(body === undefined ? [] : [body])]);
    }
    expect(answered).toEqual(tries);
    const changes = gateway.asked.filter(({ name }) => !/\.(get|list)[A-Z]/.test(name));
    // The zone that was judged, by its id: whatever its name means a moment later.
    expect(changes).toMatchObject([{ name: 'rpc.task-manager.createTask', request: { task: { zone: zoneIds.own } } }]);
  }, 60_000);

  it('is what the table says: every route, role, kind of caller and zone', async () => {
    const judge = async (one: Case): Promise<string | undefined> => {
      const { status } = await ask(requestFor(one), one.caller.token);
      const outcome = outcomes[status] ?? '+';
      return outcome === one.expected
        ? undefined
        : `${one.row}, ${one.place}, ${one.caller.name}: ${one.expected} expected, answered ${status}`;
    };
    const cases = Object.keys(accessTable).flatMap(casesOf);
    expect(cases.length).toBeGreaterThan(1_500);
    const wrong = await walk(
      cases.filter(({ row }) => row !== last),
      judge,
    );
    expect(wrong).toEqual([]);
    expect(
      await walk(
        cases.filter(({ row }) => row === last),
        judge,
      ),
    ).toEqual([]);
    expect(gateway.violations).toEqual([]);
  }, 240_000);
});
