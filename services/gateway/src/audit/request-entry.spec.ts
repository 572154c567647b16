import { describe, expect, it } from '@jest/globals';
import { routeRules } from '../access/route-rules.js';
import { audited } from './audited-thing.js';
import { recordedHow } from './recorded-how.js';
import { RefusalFlood } from './refusal-flood.js';
import { type AnsweredRequest, entryOf } from './request-entry.js';

const zoneId = 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9X';
const base = '/api/v1';
const request: AnsweredRequest = {
  method: 'PATCH',
  pattern: `${base}/zones/:zone`,
  url: `${base}/zones/demo?x=1`,
  params: { zone: 'demo' },
  query: {},
  body: { platform: 'vm' },
  status: 200,
  code: null,
  address: '192.0.2.1',
  userAgent: 'tester/1',
  traceId: 'a'.repeat(32),
  principal: { kind: 'apiToken', id: 'tok_1', userId: 'usr_1', username: 'admin' },
  zoneId: undefined,
  trace: {
    isAdmitted: true,
    isRecorded: true,
    before: { id: zoneId, platform: 'laptop', agents: { online: 1 }, revision: 1 },
    reply: { id: zoneId, platform: 'vm', agents: { online: 2 }, revision: 2 },
    zoneId,
  },
};
const told = (changes: Partial<AnsweredRequest> = {}) => {
  const entry = entryOf({ ...request, ...changes }, 'aud_1', '2026-01-01T00:00:00.000Z');
  return { ...entry, change: entry.change === null ? null : (JSON.parse(entry.change) as unknown) };
};
const stranger = { principal: undefined, trace: { isAdmitted: true, isRecorded: true } };

describe('the entry of a request', () => {
  it('has who, from where, what, and what has changed by it', () => {
    expect(told()).toEqual({
      id: 'aud_1',
      at: '2026-01-01T00:00:00.000Z',
      userId: 'usr_1',
      username: 'admin',
      callerKind: 'apiToken',
      callerId: 'tok_1',
      address: '192.0.2.1',
      userAgent: 'tester/1',
      action: 'PATCH /api/v1/zones/:zone',
      target: '/api/v1/zones/demo',
      thingKind: 'zone',
      thingId: zoneId,
      zoneId,
      outcome: 'granted',
      status: 200,
      code: null,
      traceId: 'a'.repeat(32),
      // What agents do meanwhile is no change of the zone.
      change: { before: { platform: 'laptop', revision: 1 }, after: { platform: 'vm', revision: 2 }, asked: { platform: 'vm' } },
    });
  });

  it('has the whole thing where one is made, and where one is removed', () => {
    const made = { id: 'wh_1', zoneId, url: 'https://example.test', secret: 'whsec_x' };
    const trace = { isAdmitted: true, isRecorded: true, reply: made };
    expect(told({ method: 'POST', pattern: `${base}/webhooks`, params: {}, trace })).toMatchObject({
      thingKind: 'webhook',
      thingId: 'wh_1',
      zoneId,
      change: { after: { ...made, secret: '***' } },
    });
    const gone = { ...trace, before: { id: 'wh_1', zoneId: null, url: 'x' }, reply: undefined };
    expect(told({ method: 'DELETE', pattern: `${base}/webhooks/:id`, params: { id: 'wh_1' }, status: 204, trace: gone })).toMatchObject({
      zoneId: null,
      change: { before: { id: 'wh_1', url: 'x' } },
    });
  });

  it.each([
    [400, 'BAD_REQUEST', 'failed'],
    [401, 'UNAUTHENTICATED', 'refused'],
    [403, 'FORBIDDEN', 'refused'],
    [404, 'NOT_FOUND', 'failed'],
    [409, 'CONFLICT', 'failed'],
    [429, 'RATE_LIMITED', 'refused'],
    [503, 'UNAVAILABLE', 'failed'],
  ])('tells %d as %s: %s, and nothing of what was asked for, which nobody has checked', (status, code, outcome) => {
    expect(told({ status, code })).toMatchObject({ outcome, status, code, zoneId, change: null });
  });

  it('tells a 404 of somebody who was not let in as the refusal that it is', () => {
    expect(told({ status: 404, trace: { isAdmitted: false, isRecorded: true } }).outcome).toBe('refused');
  });

  it('has the name that was tried, of a sign-in that was refused', () => {
    const signIn = { ...stranger, method: 'POST', pattern: `${base}/sessions`, params: {}, body: { username: 'm', password: 'x' } };
    expect(told({ ...signIn, status: 401, code: 'BAD_CREDENTIALS' })).toMatchObject({
      userId: null,
      username: 'm',
      callerKind: 'none',
      outcome: 'refused',
      thingKind: 'session',
      change: null,
    });
    const reply = { id: 'login_1', token: 'klevr_s_x', user: { id: 'usr_2', username: 'm' } };
    expect(told({ ...signIn, status: 201, trace: { ...stranger.trace, reply } })).toMatchObject({
      userId: 'usr_2',
      username: 'm',
      callerKind: 'session',
      callerId: 'login_1',
      thingId: 'login_1',
      change: { after: { token: '***' } },
    });
  });

  it('believes an agent to be itself only once it has proved it', () => {
    const asks = { ...stranger, method: 'POST', pattern: `${base}/agents/:id/credentials`, params: { id: 'agt_1' }, body: {} };
    expect(told({ ...asks, status: 201 })).toMatchObject({ callerKind: 'agent', callerId: 'agt_1', thingKind: 'agent', thingId: 'agt_1' });
    expect(told({ ...asks, status: 401 })).toMatchObject({ callerKind: 'none', callerId: null, thingId: 'agt_1' });
    const reply = { agentId: 'agt_2', zoneId, userJwt: 'eyJ0' };
    expect(told({ ...asks, pattern: `${base}/enroll`, params: {}, status: 201, trace: { ...stranger.trace, reply } })).toMatchObject({
      callerKind: 'agent',
      callerId: 'agt_2',
      thingId: 'agt_2',
      zoneId,
      change: { after: { userJwt: '***' } },
    });
  });

  it('has how the one thing was and is of which the route speaks, where that is not the whole thing', () => {
    const pattern = `${base}/zones/:zone/primary/handover`;
    const trace = { isAdmitted: true, isRecorded: true, before: { agentId: 'agt_1', epoch: 1 }, reply: { agentId: 'agt_2', epoch: 2 } };
    expect(told({ method: 'POST', pattern, body: { agentId: 'agt_2' }, trace })).toMatchObject({
      thingKind: 'zone',
      change: { before: { agentId: 'agt_1', epoch: 1 }, after: { agentId: 'agt_2', epoch: 2 }, asked: { agentId: 'agt_2' } },
    });
    const unlink = { pattern: `${base}/users/:id/identities`, params: { id: 'usr_2' }, query: { subject: 's' }, status: 204 };
    const identities = { isAdmitted: true, isRecorded: true, before: { items: [{ subject: 's' }] } };
    expect(told({ ...unlink, method: 'DELETE', trace: identities })).toMatchObject({
      thingKind: 'user',
      thingId: 'usr_2',
      change: { before: { items: [{ subject: 's' }] }, asked: { subject: 's' } },
    });
  });

  it('tells what is new as new, where an action has made it', () => {
    const trace = { isAdmitted: true, isRecorded: true, before: { id: 'task_1', name: 'a' }, reply: { id: 'task_2', name: 'a' } };
    expect(told({ method: 'POST', pattern: `${base}/tasks/:id/retry`, params: { id: 'task_1' }, body: undefined, trace })).toMatchObject({
      thingId: 'task_1',
      change: { after: { id: 'task_2', name: 'a' } },
    });
  });

  it('knows who is meant where somebody speaks of themselves', () => {
    expect(told({ pattern: `${base}/users/me`, params: {} })).toMatchObject({ thingKind: 'user', thingId: zoneId });
    const leaves = { method: 'DELETE', params: {}, body: undefined, status: 204, trace: { isAdmitted: true, isRecorded: true } };
    expect(told({ ...leaves, pattern: `${base}/users/me` })).toMatchObject({ thingKind: 'user', thingId: 'usr_1' });
    expect(told({ ...leaves, pattern: `${base}/sessions/current` })).toMatchObject({
      thingKind: 'session',
      thingId: 'tok_1',
      change: null,
    });
  });

  it('masks the value of a credential', () => {
    const pattern = `${base}/zones/:zone/credentials/:name`;
    const trace = { isAdmitted: true, isRecorded: true, before: { name: 'DB' }, reply: { name: 'DB' }, zoneId };
    expect(told({ pattern, params: { zone: 'demo', name: 'DB' }, body: { value: 'geheim' }, trace })).toMatchObject({
      thingId: 'DB',
      change: { before: {}, after: {}, asked: { value: '***' } },
    });
  });

  it('fits its columns, whatever the caller has written', () => {
    const long = '\ud83d\ude00'.repeat(300);
    const entry = told({ url: long, userAgent: `${'x'.repeat(254)}${long}`, params: { zone: long } });
    expect([entry.target.length, entry.userAgent?.length]).toEqual([255, 255]);
    for (const text of [entry.target, entry.userAgent ?? '']) expect(text.isWellFormed()).toBe(true);
  });
});

describe('what a route is about', () => {
  const changing = Object.keys(routeRules).filter((route) => recordedHow(...splitAt(route)) !== 'refusals');

  const thingOf = (route: string) => {
    const [method, pattern] = splitAt(route);
    const params = [...pattern.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, `the ${name}`]);
    return audited(method, `${base}${pattern}`, Object.fromEntries(params));
  };

  it.each(changing)('is known of %s', (route) => {
    expect(typeof thingOf(route).kind).toBe('string');
  });

  it.each(changing.filter((route) => /^(PATCH|PUT|DELETE) .*:/.test(route)))('is the last thing that is named by %s', (route) => {
    expect(thingOf(route).ref).toBe(`the ${/.*:(\w+)/.exec(route)?.[1] ?? ''}`);
  });
});

function splitAt(route: string): [string, string] {
  const [method = '', pattern = ''] = route.split(' ');
  return [method, pattern];
}

describe('a flood of refusals', () => {
  it('is told one by one up to a hundred a second, the rest as a number', () => {
    const flood = new RefusalFlood();
    const admitted = Array.from({ length: 250 }, () => flood.admits(1_000)).filter(Boolean).length;
    expect([admitted, flood.admits(1_999), flood.admits(2_000)]).toEqual([100, false, true]);
    expect(flood.take()).toEqual({ refused: 151, sinceMs: 1_000, untilMs: 1_999 });
    expect(flood.take()).toBeUndefined();
  });
});
