import { describe, expect, it } from '@jest/globals';
import type { Grant } from '@klevr/contracts/access';
import { newId } from '@klevr/contracts/ids';
import type { Principal } from '../auth/principal.js';
import { ids } from '../samples.fixture.js';
import { AccessService } from './access.service.js';
import type { Asked } from './asked.js';
import { routeRules, type RouteRule } from './route-rules.js';
import type { ZonesOfThings } from './zones-of-things.service.js';

const [own, other, foreign] = [newId('zone'), newId('zone'), newId('zone')];
const names: Record<string, string> = { own, other, foreign };
const tasks: Record<string, string> = { [newId('task')]: own, [newId('task')]: foreign };
const [ownTask = '', foreignTask = ''] = Object.keys(tasks);
const fleetWebhook = newId('webhook');

/** With a note of what was looked up. */
const access = () => {
  const lookups: string[] = [];
  const zones: Pick<ZonesOfThings, 'ofThing' | 'idOf'> = {
    ofThing: (_thing, id) => {
      lookups.push(id);
      const zoneId = id === fleetWebhook ? null : tasks[id];
      return Promise.resolve(zoneId === undefined ? undefined : { zoneId });
    },
    idOf: (name) => {
      lookups.push(name);
      return Promise.resolve(names[name]);
    },
  };
  return { service: new AccessService(zones as ZonesOfThings), lookups };
};

const principal = (grants: Grant[], kind: Principal['kind'] = 'session'): Principal => ({
  ...{ kind, id: newId('login'), userId: newId('user'), username: 'u', grants, expiresAtMs: Infinity },
});
const operator = principal([
  { role: 'operator', zones: [own] },
  { role: 'viewer', zones: [other] },
]);
const ruleOf = (route: string): RouteRule => {
  const rule = routeRules[route];
  if (rule === undefined) throw new Error(`there is no rule for ${route}`);
  return rule;
};
const asked = (parts: Partial<Asked>): Asked => ({ params: {}, query: {}, body: undefined, ...parts });
const admit = async (route: string, parts: Partial<Asked>, who = operator) => access().service.admit(ruleOf(route), asked(parts), who);
const hidden = (thing: string) => ({ code: 'NOT_FOUND', message: `There is no such ${thing}` });

describe('access', () => {
  it('asks nobody where the role is held everywhere, and answers at once', () => {
    const { service, lookups } = access();
    const everywhere = principal([{ role: 'operator', zones: null }]);
    expect(service.admit(ruleOf('POST /tasks/:id/cancel'), asked({ params: { id: ownTask } }), everywhere)).toEqual({});
    expect(service.admit(ruleOf('GET /tasks'), asked({}), everywhere)).toEqual({});
    expect(lookups).toEqual([]);
  });

  it('tells a foreign thing and one that is not there alike', async () => {
    expect(await admit('GET /tasks/:id', { params: { id: ownTask } })).toEqual({ zoneId: own });
    for (const id of [foreignTask, newId('task')])
      await expect(admit('GET /tasks/:id', { params: { id } })).rejects.toMatchObject(hidden('task'));
    for (const zone of ['foreign', 'nowhere', foreign, newId('zone')]) {
      await expect(admit('GET /zones/:zone', { params: { zone } })).rejects.toMatchObject(hidden('zone'));
      await expect(admit('DELETE /zones/:zone', { params: { zone } })).rejects.toMatchObject(hidden('zone'));
      await expect(admit('GET /tasks', { query: { zone } })).rejects.toMatchObject(hidden('zone'));
    }
  });

  it('does not look up a zone that is named by its id', async () => {
    const { service, lookups } = access();
    await service.admit(ruleOf('POST /tasks'), asked({ body: { zone: own } }), operator);
    await expect(service.admit(ruleOf('POST /tasks'), asked({ body: { zone: foreign } }), operator)).rejects.toMatchObject(hidden('zone'));
    expect(lookups).toEqual([]);
  });

  it('forbids what needs more than is held where something is held', async () => {
    await expect(admit('POST /tasks', { body: { zone: 'other' } })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(admit('PATCH /zones/:zone', { params: { zone: 'own' } })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(admit('POST /zones', { body: { name: 'x' } })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('lets whoever rules one zone not take it away', async () => {
    const admin = principal([{ role: 'admin', zones: [own] }]);
    expect(await admit('PATCH /zones/:zone', { params: { zone: 'own' } }, admin)).toEqual({ zoneId: own });
    await expect(admit('DELETE /zones/:zone', { params: { zone: 'own' } }, admin)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'This needs the role admin for all zones',
    });
  });

  it('makes the request mean the zone that was judged, whatever its name means later', async () => {
    const params = { zone: 'own' };
    await admit('GET /zones/:zone', { params });
    expect(params).toEqual({ zone: own });
    const body = { tasks: [{ zone: 'own' }, { zone: own }] };
    await admit('POST /tasks/bulk', { body });
    expect(body).toEqual({ tasks: [{ zone: own }, { zone: own }] });
  });

  it('judges every zone that a request names', async () => {
    const first = { zone: 'own' };
    await expect(admit('POST /tasks/bulk', { body: { tasks: [first, { zone: 'foreign' }] } })).rejects.toMatchObject(hidden('zone'));
    await expect(admit('POST /tasks/bulk', { body: { tasks: [{ zone: 'other' }, { zone: 'foreign' }] } })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const schedules = principal([{ role: 'operator', zones: [own] }]);
    tasks[ids.schedule] = own;
    const move = { params: { id: ids.schedule }, body: { task: { zone: 'foreign' } } };
    await expect(admit('PATCH /schedules/:id', move, schedules)).rejects.toMatchObject(hidden('zone'));
    expect(await admit('PATCH /schedules/:id', { ...move, body: { name: 'x' } }, schedules)).toEqual({ zoneId: own });
  });

  it('takes a webhook without a zone for what it is: one of all zones', async () => {
    for (const body of [{ url: 'https://example.test' }, { zone: null }, undefined])
      await expect(admit('POST /webhooks', { body })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await admit('POST /webhooks', { body: { zone: 'own' } })).toEqual({ zoneId: own });
    await expect(admit('GET /webhooks/:id', { params: { id: fleetWebhook } })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('limits lists to the zones where the role is held, and to none where there is none', async () => {
    expect(await admit('GET /tasks', {})).toEqual({ scope: [own, other] });
    expect(await admit('GET /tasks', { query: { zone: 'other' } })).toEqual({ scope: [own, other], zoneId: other });
    expect(await admit('GET /tasks', {}, principal([]))).toEqual({ scope: [] });
  });

  it('keeps API tokens from what would outlive them', async () => {
    const all: Grant[] = [{ role: 'admin', zones: null }];
    await expect(admit('DELETE /sessions/current', {}, principal(all, 'apiToken'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await admit('DELETE /sessions/current', {}, principal([]))).toEqual({});
    expect(await admit('GET /users/me', {}, principal([], 'apiToken'))).toEqual({});
  });
});
